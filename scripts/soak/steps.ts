/** What can happen in a soak. Each step notes in the world what should follow from it. */
import type { Random } from "../../tests/unit/random.ts";
import { entryLine } from "../../tests/end_to_end/holdings.ts";
import type { PortproxyEntry } from "../../tests/simulated/windows/model.ts";
import { FAMILIES, foreignKey, PORTS, UDP_PORTS, type World } from "./world.ts";

/** One thing that happens. */
export interface Step {
  /** What it is called in the figures. */
  readonly name: string;
  /** How often it comes, beside the others. */
  readonly weight: number;
  /** Does it; does nothing where it makes no sense now. */
  readonly run: (world: World, random: Random) => Promise<void>;
}

const ADDRESSES = ["172.23.21.232", "172.23.24.77"] as const;

/** Everything that can happen. */
export const STEPS: readonly Step[] = [
  { name: "a server starts", weight: 12, run: (world, random) => openServer(world, random, true) },
  {
    name: "a server starts on loopback",
    weight: 2,
    run: (world, random) => openServer(world, random, false),
  },
  { name: "a server stops", weight: 8, run: closeServer },
  { name: "a UDP service starts", weight: 4, run: openUdp },
  { name: "a UDP service stops", weight: 3, run: closeUdp },
  { name: "somebody makes or edits an entry", weight: 2, run: putForeign },
  { name: "somebody deletes an entry of theirs", weight: 2, run: deleteForeign },
  { name: "a Windows service starts", weight: 1, run: startService },
  { name: "a Windows service stops", weight: 1, run: stopService },
  { name: "a Windows program misbehaves", weight: 4, run: addFault },
  { name: "Windows speaks another language", weight: 1, run: changeLanguage },
  { name: "a rule of ours vanishes", weight: 1, run: loseRule },
  { name: "the guest's address changes", weight: 1, run: changeAddress },
  { name: "interop is gone for a while", weight: 1, run: loseInterop },
  { name: "wslfwd is told to end", weight: 1, run: (world) => restart(world, "SIGTERM") },
  { name: "wslfwd is killed", weight: 2, run: (world) => restart(world, "SIGKILL") },
  { name: "the VM dies", weight: 1, run: (world) => killGuest(world, false) },
  { name: "Windows restarts", weight: 1, run: (world) => killGuest(world, true) },
];

/** One of the steps, by weight. */
export function pickStep(random: Random): Step {
  let left = random.next() * STEPS.reduce((sum, { weight }) => sum + weight, 0);
  return STEPS.find(({ weight }) => (left -= weight) < 0) ?? STEPS[0]!;
}

async function openServer({ lab, servers }: World, random: Random, isOpen: boolean): Promise<void> {
  const free = PORTS.filter((port) => !servers.has(port));
  if (free.length === 0) return;
  const port = random.pick(free);
  servers.set(port, { server: await lab.guest.listen(port, isOpen ? {} : { address: "127.0.0.1" }), isOpen });
}

async function closeServer({ servers }: World, random: Random): Promise<void> {
  if (servers.size === 0) return;
  const port = random.pick([...servers.keys()]);
  await servers.get(port)!.server.close();
  servers.delete(port);
}

/** Where wslfwd has no --udp, it must stay closed. */
async function openUdp({ lab, udpServices }: World, random: Random): Promise<void> {
  const free = UDP_PORTS.filter((port) => !udpServices.has(port));
  if (free.length === 0) return;
  const port = random.pick(free);
  udpServices.set(port, await lab.guest.listenUdp(port));
}

async function closeUdp({ udpServices }: World, random: Random): Promise<void> {
  if (udpServices.size === 0) return;
  const port = random.pick([...udpServices.keys()]);
  await udpServices.get(port)!.close();
  udpServices.delete(port);
}

/** Of either family: it stands in the way of that one alone. */
async function putForeign({ lab, foreign }: World, random: Random): Promise<void> {
  const port = random.pick(PORTS), family = random.pick(FAMILIES);
  const entry: PortproxyEntry = {
    families: family === "v6" ? "v6tov4" : "v4tov4",
    listenAddress: family === "v6" ? "::" : "0.0.0.0",
    listenPort: String(port),
    connectAddress: `10.0.0.${random.int(1, 200)}`,
    connectPort: "80",
  };
  await lab.windows.putEntry(entry);
  foreign.set(foreignKey(family, port), entry);
}

async function deleteForeign({ lab, foreign }: World, random: Random): Promise<void> {
  if (foreign.size === 0) return;
  const [key, { listenAddress, listenPort }] = random.pick([...foreign]);
  await lab.windows.deleteEntry(listenAddress, listenPort);
  foreign.delete(key);
}

/** Only where nothing else is: which of two holders of a port Windows lets in is not what a soak is for. */
async function startService({ lab, servers, foreign, services }: World, random: Random): Promise<void> {
  const isForeign = (port: number) => FAMILIES.some((family) => foreign.has(foreignKey(family, port)));
  const free = PORTS.filter((port) => !servers.has(port) && !isForeign(port) && !services.has(port));
  const { entries } = await lab.windows.state();
  const unheld = free.filter((port) => !entries.some((entry) => entry.listenPort === String(port)));
  if (unheld.length === 0) return;
  const port = random.pick(unheld);
  try {
    await lab.windows.startService({ port, name: "soak.exe" });
    services.add(port);
  } catch {
    // A rule that was being made had the port first.
  }
}

async function stopService({ lab, services }: World, random: Random): Promise<void> {
  if (services.size === 0) return;
  const port = random.pick([...services]);
  await lab.windows.stopService(port);
  services.delete(port);
}

async function addFault({ lab }: World, random: Random): Promise<void> {
  const program = random.pick(["netsh.exe", "netsh.exe", "netsh.exe", "reg.exe", "netstat.exe", "sc.exe"]);
  const kind = random.pick(["fail", "garbage", "nothing", "hang", "hang-after"] as const);
  const isLine = program === "netsh.exe" && kind === "fail" && random.chance(0.7);
  await lab.windows.addFault({
    program,
    kind,
    at: isLine ? "line" : "call",
    nth: random.int(1, 3),
    times: random.int(1, 2),
  });
}

async function changeLanguage({ lab }: World, random: Random): Promise<void> {
  await lab.windows.set({
    language: random.pick(["en", "zh", "de", "pt", "ja"]),
    shufflesRegistry: random.chance(0.5),
  });
}

async function loseRule({ lab }: World, random: Random): Promise<void> {
  const { entries, rules } = await lab.windows.state();
  const ours = rules.filter((rule) => rule.name.startsWith("wslfwd-"));
  if (ours.length === 0) return;
  const { name, description } = random.pick(ours);
  await lab.windows.deleteRules(name);
  // Entries without their claim are nobody's: take them as well, as who tidies up by hand would. Not what somebody edited.
  const [version, , , ...places] = description.split(";");
  if (version !== "wslfwd/2") return;
  const claimed = places.flatMap((listen, i) => i % 2 === 0 ? [`entry ${listen} -> ${places[i + 1]}`] : []);
  for (const entry of entries.filter((entry) => claimed.includes(entryLine(entry)))) {
    await lab.windows.deleteEntry(entry.listenAddress, entry.listenPort);
  }
}

async function changeAddress(world: World, random: Random): Promise<void> {
  const { lab, guestAddress } = world;
  const next = random.pick(ADDRESSES.filter((address) => address !== guestAddress));
  await lab.guest.addAddress(next);
  await lab.guest.removeAddress(guestAddress);
  world.guestAddress = next;
}

async function loseInterop({ lab }: World, random: Random): Promise<void> {
  await lab.windows.set({ interop: random.pick(["stale", "gone"]) });
  await new Promise((resolve) => setTimeout(resolve, random.int(200, 3000)));
  await lab.windows.set({ interop: "running" });
}

async function restart(world: World, signal: Deno.Signal): Promise<void> {
  await world.lab.windows.clearFaults();
  await world.end(signal);
  await world.start();
}

/** Windows' services come back with it. */
async function killGuest(world: World, isWindowsToo: boolean): Promise<void> {
  await world.lab.windows.clearFaults();
  if (isWindowsToo) await world.lab.reboot();
  else {
    await world.lab.guest.die();
    await world.lab.guest.boot();
  }
  world.servers.clear();
  world.udpServices.clear();
  world.guestAddress = ADDRESSES[0];
  await world.start();
}
