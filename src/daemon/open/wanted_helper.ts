import type { Settings } from "../../config/settings.ts";
import type { EventSink } from "../../reconcile/events.ts";
import type { HelperHints, OpenHelper } from "./open_helper.ts";
import type { Windows } from "./open_windows.ts";

/** Null where our program on Windows is not wanted: its source is not even loaded then. */
export async function openHelperIfWanted(
  settings: Settings,
  windows: Windows,
  emit: EventSink,
  hints: HelperHints,
): Promise<OpenHelper | null> {
  if (settings.helper !== "all" && !settings.udp) return null;
  const { needsHelper, openHelper } = await import("./open_helper.ts");
  return needsHelper(settings, windows) ? openHelper(settings, windows, emit, hints) : null;
}
