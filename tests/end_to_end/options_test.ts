import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { Switches } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { GuestProgram } from "./guest_program.ts";
import { forwarding, forwardings, type ForwardOptions, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** What options make of a server on port 3000: what Windows holds, and who gets its page. */
interface Scope {
  readonly args: readonly string[];
  readonly holds: ForwardOptions;
  /** Whether the page is had in Windows' subnet, and from behind a router. */
  readonly isOpen: { readonly lan: boolean; readonly outside: boolean };
  readonly switches?: Partial<Switches>;
}

const PUBLIC: Partial<Switches> = { networkProfile: "public" };
const NOBODY = { lan: false, outside: false }, LAN = { lan: true, outside: false };
const EVERYBODY = { lan: true, outside: true }, OUTSIDE = { lan: false, outside: true };

const scopes: readonly Scope[] = [
  { args: [], holds: {}, isOpen: LAN },
  { args: [], holds: {}, isOpen: NOBODY, switches: PUBLIC },
  { args: ["--profile", "private"], holds: { profiles: "private" }, isOpen: LAN },
  { args: ["--profile", "domain"], holds: { profiles: "domain" }, isOpen: NOBODY },
  { args: ["--profile", "any"], holds: { profiles: "domain,private,public" }, isOpen: LAN, switches: PUBLIC },
  { args: ["--profile", "public"], holds: { profiles: "public" }, isOpen: LAN, switches: PUBLIC },
  { args: ["--remote-ip", "any"], holds: { remoteIps: "any" }, isOpen: EVERYBODY },
  { args: ["--remote-ip", "10.9.9.0/24"], holds: { remoteIps: "10.9.9.0/24" }, isOpen: OUTSIDE },
  {
    args: ["--remote-ip", "192.168.50.20,10.9.9.1-10.9.9.9"],
    holds: { remoteIps: "192.168.50.20,10.9.9.1-10.9.9.9" },
    isOpen: EVERYBODY,
  },
  { args: ["--remote-ip", "192.168.50.21"], holds: { remoteIps: "192.168.50.21" }, isOpen: NOBODY },
  { args: ["--windows-ip", "192.168.50.1"], holds: { listenAddress: "192.168.50.1" }, isOpen: LAN },
  { args: ["--windows-ip", "172.23.16.1"], holds: { listenAddress: "172.23.16.1" }, isOpen: NOBODY },
];

for (const { args, holds, isOpen, switches = {} } of scopes) {
  const network = switches.networkProfile ?? "private";
  const who = Object.entries(isOpen).filter(([, open]) => open).map(([place]) => place).join(" and ") ||
    "nobody";
  scenario(`wslfwd ${args.join(" ")} on a ${network} network lets in: ${who}`, async (lab) => {
    await using _server = await lab.guest.listen(3000, { text: "the page" });
    const program = await startForwarder(lab, args);
    await waitForHoldings(lab, forwarding(3000, holds));
    for (const from of ["lan", "outside"] as const) {
      equal(await lab.lan.fetch(3000, { from }), isOpen[from] ? "the page" : null, from);
    }
    await stopForwarder(program);
    await waitForHoldings(lab, []);
  }, switches);
}

scenario(
  "--map leads a port of Windows to another one of the guest, --port to one on which nothing listens",
  async (lab) => {
    await using _server = await lab.guest.listen(3000, { text: "mapped" });
    const program = await startForwarder(lab, ["--map", "8080:3000", "--map", "8081:3000", "--port", "4000"]);
    const holds = [
      ...forwarding(8080, { guestPort: 3000 }),
      ...forwarding(8081, { guestPort: 3000 }),
      ...forwarding(4000),
    ];
    await waitForHoldings(lab, holds);
    same([await lab.lan.fetch(8080), await lab.lan.fetch(8081)], ["mapped", "mapped"]);
    equal(await lab.lan.fetch(3000), null);
    equal(await lab.lan.fetch(4000), null);
    await using _fixed = await lab.guest.listen(4000, { text: "came later" });
    equal(await lab.lan.fetch(4000), "came later");
    await stopForwarder(program);
  },
);

/** Which of the ports 3000 (held by `red`), 3001 (`blue`) and 3002 (`red`) options let through, and why not the rest. */
const choices: readonly (readonly [string, readonly number[], Readonly<Record<number, string>>])[] = [
  ["--allow red", [3000, 3002], { 3001: "unlisted" }],
  ["--allow red --allow blue", [3000, 3001, 3002], {}],
  ["--disallow red", [3001], { 3000: "program", 3002: "program" }],
  ["--allow red --disallow red", [3000, 3002], { 3001: "unlisted" }],
  ["--disallow perl", [], { 3000: "program", 3001: "program", 3002: "program" }],
  ["--allow-port 3001", [3001], { 3000: "unlisted", 3002: "unlisted" }],
  ["--disallow-port 3000-3001", [3002], { 3000: "port", 3001: "port" }],
  ["--disallow-port 3000-3002 --allow-port 3001", [3001], { 3000: "port", 3002: "port" }],
  ["--disallow red --allow-port 3000", [3000], { 3001: "unlisted", 3002: "program" }],
];

for (const [args, open, rejected] of choices) {
  scenario(`wslfwd ${args} forwards ${open.join(", ") || "nothing"}`, async (lab) => {
    await using red = await GuestProgram.start(lab);
    await using blue = await GuestProgram.start(lab);
    await red.run(`name ${hex("red")}`, "listen a 4 0.0.0.0 3000", "listen b 4 0.0.0.0 3002");
    await blue.run(`name ${hex("blue")}`, "listen a 4 0.0.0.0 3001");
    const program = await startForwarder(lab, args.split(" "));
    for (const [port, reason] of Object.entries(rejected)) {
      equal(await waitForRejected(program, Number(port)), reason, port);
    }
    await waitForHoldings(lab, forwardings(open));
    await stopForwarder(program);
  });
}

scenario("--linger keeps the rule of a server that restarts, without any netsh", async (lab) => {
  const program = await startForwarder(lab, ["--linger", "3600", "--interval", "0.05"]);
  const first = await lab.guest.listen(3000, { text: "first" });
  await waitForForwarded(program, 3000);
  await first.close();
  // That a later port is forwarded proves that the end of the first server was seen.
  await using _marker = await lab.guest.listen(4000);
  await waitForForwarded(program, 4000);
  await using _second = await lab.guest.listen(3000, { text: "second" });
  await using _last = await lab.guest.listen(4001);
  await waitForForwarded(program, 4001);
  equal(await lab.lan.fetch(3000), "second");
  const touching = (await changes(lab)).filter((script) => /=3000\b/.test(script.join("\n")));
  equal(touching.length, 1, "the netsh that made it");
  await stopForwarder(program);
});

scenario("--interval says how often wslfwd looks where nothing wakes it", async (lab) => {
  const program = await startForwarder(lab, ["--interval", "3600"]);
  await using _server = await lab.guest.listen(3000);
  // Takes longer than the usual interval, and wakes nobody.
  for (let i = 0; i < 3; i++) equal((await lab.wslfwd(["list"]).exit).stdout, "");
  await lab.guest.addAddress("172.23.21.99");
  await waitForForwarded(program, 3000);
  await stopForwarder(program);
});

scenario(
  "--mode manual looks once; what it made stays, is taken over, and goes by --clean-rules",
  async (lab) => {
    await using _server = await lab.guest.listen(3000, { text: "still here" });
    const gone = await lab.guest.listen(3001);
    const manual = await lab.wslfwd(["--mode", "manual"]).exit;
    same([manual.code, manual.stderr], [0, ""]);
    match(manual.stdout, / forwarded .*:3000 -> /);
    await waitForHoldings(lab, forwardings([3000, 3001]));
    equal(await lab.lan.fetch(3000), "still here");
    await gone.close();
    const program = await startForwarder(lab);
    const event = await waitForForwarded(program, 3000);
    equal(event.isTakenOver, true);
    const { reason } = await program.waitForEvent("removed", (event) => event.listenPort === 3001);
    equal(reason, "left-over");
    await waitForHoldings(lab, forwardings([3000]));
    equal((await changes(lab)).filter((script) => /add .*=3000\b/.test(script.join("\n"))).length, 1);
    await stopForwarder(program);
    await waitForHoldings(lab, []);
    await lab.wslfwd(["--mode", "manual"]).exit;
    await waitForHoldings(lab, forwardings([3000]));
    const clean = await lab.wslfwd(["--clean-rules"]).exit;
    same([clean.code, clean.stderr], [0, ""]);
    match(clean.stdout, /^Removed the rules of wslfwd for 1 port\.$/);
    await waitForHoldings(lab, []);
    match((await lab.wslfwd(["--clean-rules"]).exit).stdout, /^There were no rules of wslfwd\.$/);
  },
);

scenario(
  "--no-cleanup leaves the rules at the end, and what was moved by --profile moves with the next run",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const first = await startForwarder(lab, ["--no-cleanup"]);
    await stopForwarder(first);
    await waitForHoldings(lab, forwardings([3000]));
    const second = await startForwarder(lab, ["--profile", "any"]);
    await waitForHoldings(lab, forwarding(3000, { profiles: "domain,private,public" }));
    await stopForwarder(second);
  },
);

scenario("plan, list and status tell and change nothing", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const plan = await lab.wslfwd(["plan"]).exit;
  equal(plan.code, 0);
  match(plan.stdout, /^netsh advfirewall firewall add rule name=wslfwd-3000-/);
  match(
    plan.stdout,
    /^netsh interface portproxy add v4tov4 listenport=3000 .* connectaddress=172\.23\.21\.232$/m,
  );
  await waitForHoldings(lab, []);
  const program = await startForwarder(lab);
  const list = await lab.wslfwd(["list"]).exit;
  match(list.stdout, /^(192\.168\.50\.1)?:3000\t172\.23\.21\.232:3000\tagent\.ts$/);
  const status = await lab.wslfwd(["status", "--json"]).exit;
  equal(status.code, 0);
  ok(status.stdout.includes('"listenPort":3000'), status.stdout);
  equal((await changes(lab)).length, 1);
  await stopForwarder(program);
});

scenario("The config file says what options say, and options win", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  await using _other = await lab.guest.listen(3001);
  const config = JSON.stringify({ disallow_port: [3001], profile: ["private"], remote_ip: "any" });
  await lab.guest.run(
    "sh",
    "-c",
    `umask 077; mkdir /run/home; echo '${config}' >/run/home/.wsl_port_forwarding.json`,
  );
  const program = await startForwarder(lab, ["--remote-ip", "localsubnet"], { env: { HOME: "/run/home" } });
  equal(await waitForRejected(program, 3001), "port");
  await waitForHoldings(lab, forwarding(3000, { profiles: "private" }));
  await stopForwarder(program);
});

/** The scripts that netsh ran so far. */
async function changes(lab: Lab): Promise<(readonly string[])[]> {
  return (await lab.windows.calls("netsh.exe")).flatMap((call) => call.script === null ? [] : [call.script]);
}

function hex(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
