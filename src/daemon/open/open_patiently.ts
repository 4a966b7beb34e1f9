import type { EventSink } from "../../reconcile/events.ts";
import { openWindows, requireElevation, type Windows } from "./open_windows.ts";
import { Patience } from "./patience.ts";
import { Refusal } from "../refusal.ts";

/**
 * Opens a Windows whose rules may be changed. Where that is refused: throws Refusal, or, if `isPatient`
 * (`--ignore-exception`), says so and tries again, longer apart each time. Null where `stop` came meanwhile.
 */
export async function openPatiently(
  isPatient: boolean,
  emit: EventSink,
  stop: AbortSignal,
): Promise<Windows | null> {
  const patience = new Patience(emit);
  while (!stop.aborted) {
    try {
      // A dead interop answers after 10 s: whoever presses Ctrl-C meanwhile need not wait for it.
      const windows = await Promise.race([openWindows(stop), whenAborted(stop)]);
      if (windows === null) return null;
      requireElevation(windows);
      patience.noteSuccess();
      return windows;
    } catch (error) {
      if (!isPatient || !(error instanceof Refusal)) throw error;
      patience.noteFailure(error.message);
      await patience.rest(whenAborted(stop));
    }
  }
  return null;
}

/** Resolves when the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
