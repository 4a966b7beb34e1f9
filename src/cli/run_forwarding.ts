import type { Settings } from "../config/settings.ts";
import { CLEANING, type InstanceAnswer, InstanceLock } from "../daemon/instance_lock.ts";
import { openWindows, requireElevation, type Windows } from "../daemon/open_windows.ts";
import { ExitCode } from "../daemon/refusal.ts";
import { openReconciler, runDaemon } from "../daemon/run_daemon.ts";
import { StopSignals } from "../daemon/stop_signals.ts";
import type { EventSink } from "../reconcile/events.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import type { Output } from "./output.ts";
import { renderJsonEvent } from "./render_json.ts";
import { renderLine } from "./render_lines.ts";

/** Follows the listeners until a signal ends it. Resolves with the exit code. */
export async function followListeners(settings: Settings, stdout: Output): Promise<number> {
  const emit = eventPrinter(settings, stdout);
  const signals = new StopSignals(() => {
    stdout.write("Gave up: rules may be left on Windows; remove them with: wslfwd --clean-rules\n");
    Deno.exit(ExitCode.FAILED);
  });
  try {
    const isClean = await runDaemon(settings, emit, signals.stop, answerOf("auto"));
    return isClean ? ExitCode.OK : ExitCode.FAILED;
  } finally {
    signals.release();
  }
}

/** `--mode manual`: looks once, makes the rules, and leaves them to `--clean-rules` or a later run. */
export async function forwardOnce(settings: Settings, stdout: Output): Promise<number> {
  await withReconciler(
    settings,
    eventPrinter(settings, stdout),
    "manual",
    (reconciler) => reconciler.runOnce(),
  );
  return ExitCode.OK;
}

/** `--clean-rules`: removes everything that is ours. */
export async function cleanRules(settings: Settings, stdout: Output): Promise<number> {
  const emit = eventPrinter(settings, stdout);
  const removed = await withReconciler(settings, emit, CLEANING, (reconciler) => reconciler.removeAll());
  const message = removed === 0 ? "there were no rules of wslfwd" : `removed the rules of ${removed} ports`;
  emit({ type: "notice", code: "cleaned", message });
  return ExitCode.OK;
}

async function withReconciler<T>(
  settings: Settings,
  emit: EventSink,
  task: string,
  use: (reconciler: Reconciler, windows: Windows) => Promise<T>,
): Promise<T> {
  const lock = await InstanceLock.take(answerOf(task));
  try {
    const windows = await openWindows();
    requireElevation(windows);
    const { listeners, reconciler } = openReconciler(settings, windows, emit);
    try {
      return await use(reconciler, windows);
    } finally {
      listeners.close();
    }
  } finally {
    lock.release();
  }
}

function answerOf(task: string): () => InstanceAnswer {
  return () => ({ app: "wslfwd", pid: Deno.pid, task });
}

/** One line for each event: text, or JSON. */
function eventPrinter(settings: Settings, stdout: Output): EventSink {
  return (event) => {
    const options = { timeMs: Date.now(), lanAddress: null };
    stdout.write((settings.json ? renderJsonEvent(event, options) : renderLine(event, options)) + "\n");
  };
}
