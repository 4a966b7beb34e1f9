import type { Settings } from "../../config/settings.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { HostError } from "../../contracts/host.ts";
import { SnapshotError } from "../../contracts/snapshot_error.ts";
import type { Reconciler } from "../../reconcile/reconciler.ts";
import { CLEANING, type InstanceAnswer, InstanceLock } from "../instance/instance_lock.ts";
import { removeFiles } from "../open/remove_files.ts";
import { openReconciler } from "../open/open_reconciler.ts";
import { openWindows, requireElevation, type Windows } from "../open/open_windows.ts";
import { tryPatiently } from "../open/try_patiently.ts";
import { removeLeftUndo } from "../../windows/watchdog/undo_file.ts";
import { ExitCode } from "../exit_code.ts";
import { Refusal } from "../refusal.ts";
import { delay } from "../../time/delay.ts";

/** How often it is tried at most: for about ten minutes. */
const MAX_TRIES = 24;

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
  const mayYield = answer().task === CLEANING, wanted = new AbortController();
  if (mayYield) lock.wanted.then(() => wanted.abort());
  const yielding = yieldAfter(mayYield ? lock.wanted : new Promise<never>(() => {}));
  yielding.catch(() => {}); // It counts only while something is done.
  const useNow = () => useOnce(settings, emit, use, find, mayYield);
  return await tryPatiently(() => Promise.race([useNow(), yielding]), {
    emit,
    mayPass: (error) => settings.ignoreException && isOfWindows(error),
    maxTries: MAX_TRIES,
    signal: wanted.signal,
  });
}

async function useOnce<T>(
  settings: Settings,
  emit: EventSink,
  use: (reconciler: Reconciler, windows: Windows) => Promise<T>,
  find: () => Promise<Windows>,
  isCleaning: boolean,
): Promise<T> {
  const windows = await find();
  // Where the window was closed that had the rights, Windows' own watchdog has done it: looking takes none.
  const isDone = isCleaning && settings.ignoreException && await hasNothing(windows);
  if (!isDone) requireElevation(windows);
  const removeUndo = () => removeLeftUndo(windows.programs.windowsFolder, windows.owner);
  // Whoever makes rules takes the work of Windows' watchdog away first. A clean-up lets it go on: the end is the same.
  if (!isCleaning && await removeUndo()) windows.host.noteUnsettled();
  using opened = openReconciler(settings, windows, emit);
  const result = await use(opened.reconciler, windows);
  await removeUndo();
  await removeFiles(windows);
  return result;
}

async function hasNothing({ host }: Windows): Promise<boolean> {
  const { entries, claims, foreign } = await host.snapshot(undefined, "held");
  return claims.length === 0 && entries.length === foreign.length;
}

function isOfWindows(error: unknown): boolean {
  return error instanceof Refusal || error instanceof SnapshotError || error instanceof HostError;
}

/** Rejects with Refusal a while after another instance wanted the lock. */
async function yieldAfter(wanted: Promise<void>): Promise<never> {
  await wanted;
  await delay(YIELD_MS);
  throw new Refusal(ExitCode.FAILED, "Another wslfwd starts: it sees to the rules that are left");
}
