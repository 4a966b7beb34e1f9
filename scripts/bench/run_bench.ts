import { findTrustedProgram } from "../../src/linux/proc/trusted_program.ts";
import { messageOf } from "../../src/process/command.ts";
import { type Burst, measureBurst } from "./burst.ts";
import { type Engine, EngineMissing, POLLING_ENGINES, PREDECESSOR, REALTIME_ENGINES } from "./engines.ts";
import { ExecTrace } from "./exec_trace.ts";
import { type Idle, measureIdle } from "./idle.ts";
import { type LoopbackResults, measureLoopback } from "./loopback/report_loopback.ts";
import { type Latencies, measureLatency } from "./latency.ts";
import { type HelperResults, measureHelper } from "./udp/report_udp.ts";
import { describeMachine } from "./machine.ts";
import type { EngineResults, Results } from "./results.ts";
import { measureScan, type ScanRow } from "./scan_cost.ts";
import { measureBuiltStartUp, measureStartUp } from "./start_up.ts";
import { seededRandom } from "./statistics.ts";
import { measureStorm, type Storm } from "./storm.ts";

/** How much is measured. */
const FULL = {
  samples: 200,
  lanes: 4,
  ports: 200,
  idleSeconds: 20,
  starts: 20,
  pairs: 20_000,
  cycles: 10_000,
  restSeconds: 16,
};
const QUICK: typeof FULL = {
  samples: 20,
  lanes: 2,
  ports: 200,
  idleSeconds: 4,
  starts: 3,
  pairs: 2_000,
  cycles: 1_000,
  restSeconds: 1,
};

/** The predecessor needs two netsh for each port, so fewer do in a quick run. */
const QUICK_PREDECESSOR_PORTS = 10;

/** The last are left out of a quick run: so many connections take long to open. */
const SCANS: readonly (readonly [listeners: number, connections: number])[] = [
  [50, 0],
  [50, 5_000],
  [1, 0],
  [500, 0],
  [50, 20_000],
];
const QUICK_SCANS = 2;

/** Measures everything. In a quick run what can be goes side by side. `tell` hears what is done. Never leaves a process. */
export async function runBench(
  isQuick: boolean,
  seed: number,
  tell: (line: string) => void,
): Promise<Results> {
  const bpftrace = findTrustedProgram("bpftrace").path;
  const machine = await describeMachine(bpftrace);
  const size = isQuick ? QUICK : FULL;
  const random = seededRandom(seed);
  const trace = bpftrace === null ? null : await ExecTrace.start(bpftrace);
  const each = isQuick ? sideBySide : inTurn;
  try {
    tell(`${size.ports} ports at once.`);
    const missing: string[] = [];
    const bursts = await each([...REALTIME_ENGINES, ...POLLING_ENGINES], async (engine) => {
      const burst = await measureBurst(engine, size.ports).catch((error) => error as Error);
      if (burst instanceof EngineMissing) missing.push(burst.message);
      else if (burst instanceof Error) throw burst;
      return burst;
    });
    const wslfwd = [...bursts].filter(([, burst]) => !(burst instanceof Error)).map(([engine]) => engine);
    const all = [...wslfwd, PREDECESSOR];
    tell(`At rest for ${size.idleSeconds} s.`);
    const idles = await sideBySide(all, (engine) => measureIdle(engine, size.idleSeconds));
    tell("Scans.");
    const scans: ScanRow[] = [];
    for (const [listeners, connections] of isQuick ? SCANS.slice(0, QUICK_SCANS) : SCANS) {
      scans.push(await measureScan(listeners, connections));
    }
    tell("Starts.");
    const startUp = await measureStartUp(size.starts, trace);
    const built = await measureBuiltStartUp(size.starts, trace);
    tell("Services on 127.0.0.1.");
    const loopback = await tryLoopback(isQuick, missing);
    tell("The helper on Windows.");
    const helper = await tryHelper(isQuick, missing);
    tell(`A storm of ${size.pairs} pairs, then ${size.cycles} cycles.`);
    const told = wslfwd.filter(({ intervalMs }) => intervalMs === null);
    const { pairs, cycles, restSeconds } = size;
    const storms = await each(told, (engine) => measureStorm(engine, pairs, cycles, restSeconds, bpftrace));
    tell(`From listen() to the LAN, and back: ${size.samples} times each.`);
    const measure: Measure = (engine, count) => measureLatency(engine, count, random, trace);
    const latencies = await measureQuickEngines(all, size.samples, each, measure);
    const ports = isQuick ? QUICK_PREDECESSOR_PORTS : size.ports;
    const [slow, burst] = await Promise.all([
      measureSlowEngines(all, size.samples, size.lanes, measure),
      measureBurst(PREDECESSOR, ports),
    ]);
    for (const [engine, found] of slow) latencies.set(engine, found);
    bursts.set(PREDECESSOR, burst);
    const engines = all.map((engine): EngineResults => ({
      engine,
      latencies: latencies.get(engine)!,
      idle: idles.get(engine) as Idle,
      burst: bursts.get(engine) as Burst,
      storm: storms.get(engine) as Storm | undefined ?? null,
    }));
    return {
      machine,
      seed,
      isQuick,
      isExact: trace !== null,
      engines,
      missing,
      scans,
      startUp,
      built,
      loopback,
      helper,
    };
  } finally {
    await trace?.stop();
  }
}

async function tryLoopback(isQuick: boolean, missing: string[]): Promise<LoopbackResults | null> {
  try {
    return await measureLoopback(isQuick);
  } catch (error) {
    missing.push(`services on 127.0.0.1: ${messageOf(error)}`);
    return null;
  }
}

async function tryHelper(isQuick: boolean, missing: string[]): Promise<HelperResults | null> {
  try {
    return await measureHelper(isQuick);
  } catch (error) {
    missing.push(`the helper on Windows: ${messageOf(error)}`);
    return null;
  }
}

type Measure = (engine: Engine, count: number) => Promise<Latencies>;

function isSlow({ intervalMs }: Engine): boolean {
  return intervalMs !== null && intervalMs >= 500;
}

function measureQuickEngines(
  engines: readonly Engine[],
  samples: number,
  each: typeof inTurn,
  measure: Measure,
): Promise<Map<Engine, Latencies>> {
  return each(engines.filter((engine) => !isSlow(engine)), (engine) => measure(engine, samples));
}

/** In several lanes each, and all together: they mostly sleep, and one after the other they would take ten minutes. */
function measureSlowEngines(
  engines: readonly Engine[],
  samples: number,
  lanes: number,
  measure: Measure,
): Promise<Map<Engine, Latencies>> {
  return sideBySide(engines.filter(isSlow), async (engine) => {
    const counts = Array.from({ length: lanes }, (_, i) => Math.floor((samples + i) / lanes));
    return joinLatencies(await Promise.all(counts.map((count) => measure(engine, count))));
  });
}

function joinLatencies(parts: readonly Latencies[]): Latencies {
  return {
    toNetsh: parts.flatMap((part) => part.toNetsh),
    toWindows: parts.flatMap((part) => part.toWindows),
    toAnswer: parts.flatMap((part) => part.toAnswer),
    aroundNetsh: parts.flatMap((part) => part.aroundNetsh),
    toGone: parts.flatMap((part) => part.toGone),
  };
}

async function inTurn<T>(
  engines: readonly Engine[],
  measure: (engine: Engine) => Promise<T>,
): Promise<Map<Engine, T>> {
  const all = new Map<Engine, T>();
  for (const engine of engines) all.set(engine, await measure(engine));
  return all;
}

async function sideBySide<T>(
  engines: readonly Engine[],
  measure: (engine: Engine) => Promise<T>,
): Promise<Map<Engine, T>> {
  return new Map(await Promise.all(engines.map(async (engine) => [engine, await measure(engine)] as const)));
}
