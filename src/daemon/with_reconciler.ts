import type { Settings } from "../config/settings.ts";
import type { EventSink } from "../reconcile/events.ts";
import { HostError, SnapshotError } from "../reconcile/ports.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import { CLEANING, type InstanceAnswer, InstanceLock } from "./instance_lock.ts";
import { openReconciler } from "./open_reconciler.ts";
import { openWindows, requireElevation, type Windows } from "./open_windows.ts";
import { ExitCode, Refusal } from "./refusal.ts";

/** How soon it is tried again, at first and at the longest, in milliseconds; and how often at most: for about ten minutes. */
const FIRST_DELAY_MS = 1000, MAX_DELAY_MS = 30_000, MAX_TRIES = 24;

/** How long a clean-up goes on when another instance wants the lock, in milliseconds: less than that waits for it. */
const YIELD_MS = 5000;

/**
 * Does one thing with a reconciler, under the lock and with the rights to change rules. `find`: finds Windows, in whatever
 * networking mode will do. Where Windows fails: throws Refusal, SnapshotError or HostError, or, with
 * `--ignore-exception`, says so and tries again, longer apart each time. Throws Refusal where another instance holds the
 * lock, and where this one only cleans up and another wants the lock: that sees to what is left.
 */
export async function withReconciler<T>(
  settings: Settings,
  emit: EventSink,
  answer: () => InstanceAnswer,
  use: (reconciler: Reconciler, windows: Windows) => Promise<T>,
  find: () => Promise<Windows> = () => openWindows(),
): Promise<T> {
  using lock = await InstanceLock.take(answer);
  // Another instance waits for the lock of one that cleans up, and refuses to start beside any other.
  const mayYield = answer().task === CLEANING;
  const yielding = mayYield ? yieldTo(lock) : new Promise<never>(() => {});
  yielding.catch(() => {}); // It counts only while something is done.
  for (let count = 1;; count++) {
    try {
      const result = await Promise.race([useOnce(settings, emit, use, find), yielding]);
      if (count > 1) emit({ type: "recovered", operation: "start", count: count - 1 });
      return result;
    } catch (error) {
      if (!settings.ignoreException || !isOfWindows(error) || count === MAX_TRIES) throw error;
      if (count === 1) {
        emit({ type: "error", operation: "start", message: error.message, isRetriable: true, count });
      }
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (count - 1), MAX_DELAY_MS);
      if (await restUnless(mayYield ? lock.wanted : null, delayMs)) throw error;
    }
  }
}

async function useOnce<T>(
  settings: Settings,
  emit: EventSink,
  use: (reconciler: Reconciler, windows: Windows) => Promise<T>,
  find: () => Promise<Windows>,
): Promise<T> {
  const windows = await find();
  requireElevation(windows);
  using opened = openReconciler(settings, windows, emit);
  const result = await use(opened.reconciler, windows);
  await windows.host.removeScripts();
  return result;
}

function isOfWindows(error: unknown): error is Error {
  return error instanceof Refusal || error instanceof SnapshotError || error instanceof HostError;
}

/** Rejects with Refusal a while after another instance wanted the lock. */
async function yieldTo(lock: InstanceLock): Promise<never> {
  await lock.wanted;
  await new Promise((resolve) => setTimeout(resolve, YIELD_MS));
  throw new Refusal(ExitCode.FAILED, "Another wslfwd starts: it sees to the rules that are left");
}

/** Resolves with true as soon as `reason` does, with false after the delay. */
async function restUnless(reason: Promise<void> | null, delayMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, delayMs, false);
  reason?.then(() => resolve(true));
  const hasReason = await promise;
  clearTimeout(timer);
  return hasReason;
}
