import type { EventSink } from "../../reconcile/events.ts";
import { openWindows, requireElevation, type Windows } from "./open_windows.ts";
import { tryPatiently } from "./try_patiently.ts";
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
  try {
    return await tryPatiently(() => openUntil(stop), {
      emit,
      mayPass: (error) => isPatient && error instanceof Refusal,
      maxTries: Infinity,
      signal: stop,
    });
  } catch (error) {
    if (stop.aborted && isPatient && error instanceof Refusal) return null;
    throw error;
  }
}

/** Opens it once. Null where `stop` comes meanwhile. Throws Refusal. */
async function openUntil(stop: AbortSignal): Promise<Windows | null> {
  if (stop.aborted) return null;
  // A dead interop answers after 10 s: whoever presses Ctrl-C meanwhile need not wait for it.
  const windows = await Promise.race([openWindows(stop), whenAborted(stop)]);
  if (windows !== null) requireElevation(windows);
  return windows;
}

/** Resolves when the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
