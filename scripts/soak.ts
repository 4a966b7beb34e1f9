// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
/**
 * Lets wslfwd live through random days, and checks after each whether the rules are what they should be.
 * usage: deno task soak [--minutes N] [--seed N] [--realtime[=ENGINE]] [--helper=all] [--udp]
 */
import { Lab } from "../tests/simulated/lab.ts";
import { LAN_IPV6 } from "../tests/simulated/windows/sockets.ts";
import { Random } from "../tests/unit/random.ts";
import { setUp } from "./setup.ts";
import { pickStep } from "./soak/steps.ts";
import { World } from "./soak/world.ts";

/** How many things happen before it is checked, at most. */
const STEPS_PER_DAY = 14;

/** How long between two of them at most, in milliseconds. */
const PAUSE_MS = 400;

const options = readOptions(Deno.args);
await setUp("test");
const random = new Random(options.seed);
console.log(`soak: ${options.minutes} minutes, seed ${random.seed}, wslfwd ${options.args.join(" ")}`);
const counts = new Map<string, number>();
const started = performance.now();
const deadline = started + options.minutes * 60_000;

await using lab = await Lab.start({ hasIpv6: true });
const world = new World(lab, options.args);
await world.start();
const firstKb = await readMemoryKb();
let days = 0;
try {
  while (performance.now() < deadline) {
    await liveOneDay();
    days++;
    if (days % 10 === 0) console.log(`soak: ${minutesSince(started)} min, ${days} days, no difference`);
  }
  const lastKb = await readMemoryKb();
  await world.end("SIGTERM");
  report(lastKb);
} catch (error) {
  console.log(
    `soak: a difference after ${minutesSince(started)} min, on day ${days + 1}, seed ${random.seed}`,
  );
  console.log(error instanceof Error ? error.message : error);
  Deno.exitCode = 1;
}

async function liveOneDay(): Promise<void> {
  for (let left = random.int(1, STEPS_PER_DAY); left > 0; left--) {
    const step = pickStep(random);
    counts.set(step.name, (counts.get(step.name) ?? 0) + 1);
    world.note(step.name);
    await step.run(world, random);
    await new Promise((resolve) => setTimeout(resolve, random.int(0, PAUSE_MS)));
  }
  await lab.windows.clearFaults();
  await world.waitForQuiet();
  await checkFromTheLan();
  await world.checkComplaints();
}

/** One port that should answer does, and one that should not does not. */
async function checkFromTheLan(): Promise<void> {
  const reachable = world.reachable();
  if (reachable.length > 0) {
    const { port, families } = random.pick(reachable);
    for (const family of families) {
      const page = await lab.lan.fetch(port, family === "v6" ? { address: LAN_IPV6 } : {});
      if (page !== `port ${port}`) throw new Error(`Port ${port} does not answer on the LAN by IP${family}`);
    }
  }
  const udpPorts = world.udpPorts();
  if (udpPorts.length > 0) {
    const port = random.pick(udpPorts);
    for (const options of [{}, { address: LAN_IPV6 }]) await lab.lan.waitForUdp(port, options);
  }
  const shut = [...world.udpServices.keys()].filter((port) => !udpPorts.includes(port));
  if (shut.length > 0) await lab.lan.waitForNoUdp(random.pick(shut));
  const closed = [...world.services];
  if (closed.length === 0) return;
  const port = random.pick(closed);
  const pages = [await lab.lan.fetch(port), await lab.lan.fetch(port, { address: LAN_IPV6 })];
  if (pages.some((page) => page !== null)) {
    throw new Error(`The Windows service on port ${port} can be reached`);
  }
}

async function readMemoryKb(): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${await world.program!.pid()}/smaps_rollup`);
  return Number(/^Rss:\s+(\d+)/m.exec(text)?.[1]);
}

function report(lastKb: number): void {
  const happened = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `  ${count} × ${name}`);
  console.log(`soak: ${minutesSince(started)} min, ${days} days, no difference; it happened:`);
  console.log(happened.join("\n"));
  console.log(`longest wait until all was as it should be: ${(world.longestQuietMs / 1000).toFixed(1)} s`);
  console.log(
    `memory of wslfwd: ${(firstKb / 1024).toFixed(0)} MB at first, ${(lastKb / 1024).toFixed(0)} MB at last`,
  );
}

function minutesSince(startMs: number): string {
  return ((performance.now() - startMs) / 60_000).toFixed(1);
}

function readOptions(args: readonly string[]): { minutes: number; seed: number | undefined; args: string[] } {
  const valueOf = (name: string) => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : Number(args[at + 1]);
  };
  const minutes = valueOf("--minutes") ?? 10, seed = valueOf("--seed");
  if (!(minutes > 0) || Number.isNaN(seed ?? 0)) {
    console.error(
      "usage: deno task soak [--minutes N] [--seed N] [--realtime[=ENGINE]] [--helper=all] [--udp]",
    );
    Deno.exit(2);
  }
  return { minutes, seed, args: args.filter((arg) => /^--(realtime|helper|udp)/.test(arg)) };
}
