import type { RealtimeChoice } from "../config/settings.ts";
import { BpftraceWake } from "../linux/bpftrace_wake.ts";
import type { WakeSource } from "../reconcile/ports.ts";

/** The engines that a choice allows, the best first; new ones at each call, since an engine starts only once. */
export function openEngines(_choice: RealtimeChoice): WakeSource[] {
  return [new BpftraceWake()];
}
