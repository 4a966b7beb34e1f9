import type { RealtimeChoice } from "../../config/settings.ts";
import { BpftraceWake } from "../../linux/bpftrace/bpftrace_wake.ts";
import { BuiltinWake } from "../../linux/ebpf/listen/builtin_wake.ts";
import type { WakeSource } from "../../contracts/wake.ts";

/**
 * The engines that a choice allows, the best first; new ones at each call, since an engine starts only once. bpftrace goes
 * first where it is installed, because what it runs can be read in bpf/; our own needs nothing installed.
 * `onBind` is called when bpftrace tells that sockets were bound; null where that need not be watched.
 */
export function openEngines(choice: RealtimeChoice, onBind: (() => void) | null): WakeSource[] {
  const openBpftrace = () => new BpftraceWake({ onBind: onBind ?? undefined });
  switch (choice) {
    case "bpftrace":
      return [openBpftrace()];
    case "builtin":
      return [new BuiltinWake()];
    case "auto":
    case "require":
      return [openBpftrace(), new BuiltinWake()];
  }
}
