import type { EventSink } from "../reconcile/events.ts";
import { openWindows, requireElevation, type Windows } from "./open_windows.ts";
import { Refusal } from "./refusal.ts";

/** How soon it is tried again, at first and at the longest, in milliseconds. */
const FIRST_DELAY_MS = 1000, MAX_DELAY_MS = 30_000;

/**
 * Opens a Windows whose rules may be changed. Where that is refused: throws Refusal, or, if `isPatient`
 * (`--ignore-exception`), says so and tries again, longer apart each time. Null where `stop` came meanwhile.
 */
export async function openPatiently(
  isPatient: boolean,
  emit: EventSink,
  stop: AbortSignal,
): Promise<Windows | null> {
  let count = 0;
  while (!stop.aborted) {
    try {
      // A dead interop answers after 10 s: whoever presses Ctrl-C meanwhile need not wait for it.
      const windows = await Promise.race([openWindows(stop), whenAborted(stop)]);
      if (windows === null) return null;
      requireElevation(windows);
      if (count > 0) emit({ type: "recovered", operation: "start", count });
      return windows;
    } catch (error) {
      if (!isPatient || !(error instanceof Refusal)) throw error;
      count++;
      if (count === 1) {
        emit({ type: "error", operation: "start", message: error.message, isRetriable: true, count });
      }
      await rest(Math.min(FIRST_DELAY_MS * 2 ** (count - 1), MAX_DELAY_MS), stop);
    }
  }
  return null;
}

async function rest(delayMs: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  await Promise.race([promise, whenAborted(stop)]);
  clearTimeout(timer);
}

/** Resolves when the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
