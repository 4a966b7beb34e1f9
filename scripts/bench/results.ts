import type { Burst } from "./burst.ts";
import type { Engine } from "./engines.ts";
import type { Idle } from "./idle.ts";
import type { Latencies } from "./latency.ts";
import type { HelperResults } from "./udp/report_udp.ts";
import type { LoopbackResults } from "./loopback/report_loopback.ts";
import type { Machine } from "./machine.ts";
import type { ScanRow } from "./scan_cost.ts";
import type { BuiltStartUp, StartUp } from "./start_up.ts";
import type { Storm } from "./storm.ts";

/** What one engine did. */
export interface EngineResults {
  /** Which. */
  readonly engine: Engine;
  /** Ports opened and closed one by one. */
  latencies: Latencies;
  /** Nothing happening. */
  idle: Idle;
  /** Many ports at once. */
  burst: Burst;
  /** Only for engines that the kernel tells. */
  storm: Storm | null;
}

/** Everything that one run of the bench found. */
export interface Results {
  /** On what. */
  readonly machine: Machine;
  /** Of the random moments. */
  readonly seed: number;
  /** Whether it was a run with few samples, that only shows that the bench works. */
  readonly isQuick: boolean;
  /** Whether the start of netsh is the kernel's time; else it is what Windows noted, a few milliseconds later. */
  readonly isExact: boolean;
  /** wslfwd's engines, the best first, and the predecessor last. */
  readonly engines: readonly EngineResults[];
  /** Engines that did not start here, each with why. */
  readonly missing: readonly string[];
  /** What scans cost. */
  readonly scans: readonly ScanRow[];
  /** From source. */
  readonly startUp: StartUp;
  /** dist/wslfwd; null where it was not built. */
  readonly built: BuiltStartUp | null;
  /** Services on 127.0.0.1; null without root, which opening one takes. */
  readonly loopback: LoopbackResults | null;
  /** The helper on Windows; null without root or Mono, which it takes. */
  readonly helper: HelperResults | null;
}
