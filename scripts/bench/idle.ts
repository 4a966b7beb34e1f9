import { Lab } from "../../tests/simulated/lab.ts";
import { pause } from "./clocks.ts";
import { type Engine, startEngine } from "./engines.ts";
import { WINDOWS_LATENCY_MS } from "./latency.ts";
import { readUsage } from "./usage.ts";

/** How long an engine may settle before it is watched, in milliseconds. */
const SETTLE_MS = 3000;

/** So many services are forwarded while nothing happens. */
const SERVICES = 5;

/** What an engine costs while nothing happens, with all its processes. */
export interface Idle {
  /** Per cent of one core. */
  readonly cpuPercent: number;
  /** Resident memory of the engine's own process, in MB. */
  readonly ownMb: number;
  /** Resident memory of all its processes, in MB. */
  readonly rssMb: number;
  /** The same, what they share divided among those who share it. */
  readonly pssMb: number;
  /** Its processes. */
  readonly names: readonly string[];
}

/** Watches an engine with a few services forwarded, for so many seconds. */
export async function measureIdle(engine: Engine, seconds: number): Promise<Idle> {
  await using lab = await Lab.start({ latencyMs: { default: WINDOWS_LATENCY_MS } });
  for (let i = 0; i < SERVICES; i++) await lab.guest.listen(3000 + i);
  const program = await startEngine(lab, engine);
  await lab.windows.waitFor(({ entries }) => entries.length === SERVICES);
  await pause(SETTLE_MS);
  const pid = await program.pid();
  const before = readUsage(pid);
  const started = performance.now();
  await pause(seconds * 1000);
  const { cpuMs, ...memory } = readUsage(pid);
  return { ...memory, cpuPercent: (cpuMs - before.cpuMs) / (performance.now() - started) * 100 };
}
