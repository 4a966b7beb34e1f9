import type { Settings } from "../config/settings.ts";
import type { EventSink } from "../reconcile/events.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import { type InstanceAnswer, InstanceLock } from "./instance_lock.ts";
import { openReconciler } from "./open_reconciler.ts";
import { openWindows, requireElevation, type Windows } from "./open_windows.ts";

/**
 * Does one thing with a reconciler, under the lock and with the rights to change rules. `find`: finds Windows, in whatever
 * networking mode will do. Throws Refusal without any of these.
 */
export async function withReconciler<T>(
  settings: Settings,
  emit: EventSink,
  answer: () => InstanceAnswer,
  use: (reconciler: Reconciler, windows: Windows) => Promise<T>,
  find: () => Promise<Windows> = () => openWindows(),
): Promise<T> {
  using _lock = await InstanceLock.take(answer);
  const windows = await find();
  requireElevation(windows);
  using opened = openReconciler(settings, windows, emit);
  const result = await use(opened.reconciler, windows);
  await windows.host.removeScripts();
  return result;
}
