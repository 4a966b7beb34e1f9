import type { Settings } from "../../config/settings.ts";
import { ClosedGate } from "../../contracts/closed_gate.ts";
import type { LoopbackGate } from "../../contracts/loopback_gate.ts";
import { EbpfGate } from "../../linux/ebpf/loopback/loopback_gate.ts";
import type { Windows } from "./open_windows.ts";

/** What opens services on 127.0.0.1, or why nothing can: what opens them lasts as long as this process. */
export function openGate(settings: Pick<Settings, "mode" | "cleanup">, mode: Windows["mode"]): LoopbackGate {
  const reason = refuseGate(settings, mode);
  return reason === null ? new EbpfGate() : new ClosedGate(reason);
}

/** Why nothing can be opened with these settings and in this networking mode; null where the kernel decides. */
export function refuseGate(
  { mode, cleanup }: Pick<Settings, "mode" | "cleanup">,
  networking: Windows["mode"],
): string | null {
  if (networking !== "nat" && networking !== "unknown") {
    return `in networking mode ${networking} nothing forwards to this guest, so there is nothing to open it for`;
  }
  if (mode === "manual") return "it closes when wslfwd ends, as with --mode manual it does at once";
  if (!cleanup) return "it closes when wslfwd ends, and with --no-cleanup its rule would stay";
  return null;
}
