import type { Settings } from "../../../config/settings.ts";
import type { EventSink } from "../../../reconcile/events.ts";
import type { HelperHints, OpenHelper } from "./open_helper.ts";
import type { Windows } from "../open_windows.ts";

/** Null where our program on Windows is not wanted: its source is not even loaded then. */
export async function openHelperIfWanted(
  settings: Settings,
  windows: Windows,
  emit: EventSink,
  hints: HelperHints,
): Promise<OpenHelper | null> {
  if (!needsHelper(settings, windows)) return null;
  const { openHelper } = await import("./open_helper.ts");
  return openHelper(settings, windows, emit, hints);
}

/** Whether our program is wanted: to relay UDP, or for all that it can. */
export function needsHelper(settings: Settings, windows: Pick<Windows, "mode">): boolean {
  return settings.helper === "all" || needsRelay(settings, windows);
}

/** Whether it has to relay UDP: wherever the guest is not on Windows' own addresses. */
export function needsRelay({ udp, helper }: Settings, { mode }: Pick<Windows, "mode">): boolean {
  return udp && helper !== "off" && mode === "nat";
}
