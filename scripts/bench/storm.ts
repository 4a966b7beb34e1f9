import { Lab } from "../../tests/simulated/lab.ts";
import type { CallRecord } from "../../tests/simulated/windows/model.ts";
import { changesAmong } from "./burst.ts";
import { pause } from "./clocks.ts";
import { type Engine, startEngine } from "./engines.ts";
import { WINDOWS_LATENCY_MS } from "./latency.ts";
import { type LongestBlock, LoopTrace } from "./loop_trace.ts";
import { readOwnMb } from "./usage.ts";

/** So many services stay open throughout. */
const SERVICES = 20;

const FIRST_SERVICE = 3000, FIRST_STORM_PORT = 20_000;

/** Between an open and a close, and the other way round, in the slower part, in seconds. */
const CYCLE_PAUSE_S = 0.0002;

/** How long the rules may take to come to rest, in milliseconds. */
const REST_TIMEOUT_MS = 30_000;

/** Rules that are as they should be must stay so for longer than a rule outlives its listener, in milliseconds. */
const STABLE_MS = 1500;

/** What came of more changes than anyone could follow one by one. */
export interface Storm {
  /** How many open/close pairs, as fast as the kernel allows. */
  readonly pairs: number;
  /** How long they took, in seconds. */
  readonly seconds: number;
  /** From the end of the last until the rules were at rest, in seconds. */
  readonly settleSeconds: number;
  /** Whether the rules were those of the services that stayed open: after the storm, and after the cycles. */
  readonly areRulesRight: boolean;
  /** How many netsh that make changes ran at once at most. */
  readonly netshAtOnce: number;
  /** How many there were. */
  readonly netshCount: number;
  /** The longest that the event loop was busy during the storm; null where that cannot be watched. */
  readonly longestBlock: LongestBlock | null;
  /** How many open/close pairs with a pause after each. */
  readonly cycles: number;
  /** Resident memory of wslfwd's own process, in MB. */
  readonly memory: StormMemory;
}

/** Resident memory of wslfwd's own process, in MB. */
export interface StormMemory {
  /** Before the storm. */
  readonly before: number;
  /** Right after it, or right after a tenth of the cycles: the most that was seen. */
  readonly most: number;
  /** At rest after the storm: the garbage collector gives back what is free after some 14 s without work. */
  readonly afterStorm: number;
  /** At rest after the cycles. */
  readonly afterCycles: number;
}

/** Runs a storm, then slower cycles, on wslfwd with this engine, with a rest after each. `bpftrace`: watches its event loop. */
export async function measureStorm(
  engine: Engine,
  pairs: number,
  cycles: number,
  restSeconds: number,
  bpftrace: string | null,
): Promise<Storm> {
  await using lab = await Lab.start({ latencyMs: { default: WINDOWS_LATENCY_MS } });
  const program = await startEngine(lab, engine);
  for (let i = 0; i < SERVICES; i++) await lab.guest.listen(FIRST_SERVICE + i);
  await lab.windows.waitFor(({ entries }) => entries.length === SERVICES);
  const pid = await program.pid();
  const trace = bpftrace === null ? null : await LoopTrace.start(bpftrace, pid);
  const perl = ["perl", new URL("sockets.pl", import.meta.url).pathname];

  const before = readOwnMb(pid);
  const storm = await lab.guest.spawn([...perl, "storm", String(pairs), String(FIRST_STORM_PORT)]).exit;
  const stormEnd = performance.now();
  let most = readOwnMb(pid);
  const isStormRight = await comesToRest(lab);
  const settleSeconds = (performance.now() - stormEnd - STABLE_MS) / 1000;
  const longestBlock = await trace?.stop() ?? null;
  await pause(restSeconds * 1000);
  const afterStorm = readOwnMb(pid);

  const cycling = lab.guest.spawn([
    ...[...perl, "cycles", String(cycles), String(FIRST_STORM_PORT), String(CYCLE_PAUSE_S)],
  ]);
  for (let tenth = 1; tenth <= 10; tenth++) {
    await cycling.waitForLine(new RegExp(`^done ${tenth * cycles / 10}$`), 120_000);
    most = Math.max(most, readOwnMb(pid));
  }
  const isCyclingRight = await comesToRest(lab);
  await pause(restSeconds * 1000);
  const afterCycles = readOwnMb(pid);
  const changes = changesAmong(await lab.windows.calls("netsh.exe"));
  return {
    pairs,
    seconds: Number(storm.stdout),
    settleSeconds,
    areRulesRight: isStormRight && isCyclingRight,
    netshAtOnce: mostAtOnce(changes),
    netshCount: changes.length,
    longestBlock,
    cycles,
    memory: { before, most: Math.max(most, afterStorm, afterCycles), afterStorm, afterCycles },
  };
}

/** Waits until the rules are those of the services that stay open, and are still so a while later. */
async function comesToRest(lab: Lab): Promise<boolean> {
  const wanted = Array.from({ length: SERVICES }, (_, i) => String(FIRST_SERVICE + i)).join();
  const isRight = async () => {
    const { entries, rules } = await lab.windows.state();
    const ports = entries.map(({ listenPort }) => listenPort).sort();
    const letIn = rules.map(({ localPorts }) => String(localPorts[0]?.first)).sort();
    return ports.join() === wanted && letIn.join() === wanted;
  };
  const deadline = performance.now() + REST_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (await isRight()) {
      await pause(STABLE_MS);
      if (await isRight()) return true;
    }
    await pause(20);
  }
  return false;
}

function mostAtOnce(calls: readonly CallRecord[]): number {
  return Math.max(
    0,
    ...calls.map(({ startedAt }) =>
      calls.filter((other) => other.startedAt <= startedAt && startedAt < (other.endedAt ?? Infinity)).length
    ),
  );
}
