import type { Settings } from "../../config/settings.ts";
import type { InstanceAnswer } from "../../daemon/instance/instance_lock.ts";
import { ExitCode } from "../../daemon/refusal.ts";
import { runDaemon } from "../../daemon/run/run_daemon.ts";
import { StopSignals } from "../../daemon/run/stop_signals.ts";
import { withReconciler } from "../../daemon/run/with_reconciler.ts";
import type { Output } from "../screen/output.ts";
import { openPresenter } from "../screen/presenter.ts";
import { statusAnswer } from "./status_answer.ts";
import { ViewState } from "../../view/view_state.ts";

/** Follows the listeners until a signal ends it. Resolves with the exit code. */
export async function followListeners(settings: Settings, stdout: Output): Promise<number> {
  const state = new ViewState(settings);
  const presenter = openPresenter(settings, stdout, state);
  const signals = new StopSignals(() => {
    stdout.write(
      "Not waiting any longer: the watchdog removes the rules that are left; see: wslfwd status\n",
    );
    Deno.exit(ExitCode.FAILED);
  });
  try {
    const { emit, lastWords } = presenter;
    const answer = answerOf("auto", state);
    const isClean = await runDaemon(settings, { emit, stop: signals.stop, answer, lastWords });
    return isClean ? ExitCode.OK : ExitCode.FAILED;
  } finally {
    await presenter.close();
    signals.release();
  }
}

/** `--mode manual`: looks once, makes the rules, and leaves them to `--clean-rules` or a later run. */
export async function forwardOnce(settings: Settings, stdout: Output): Promise<number> {
  const state = new ViewState(settings);
  const presenter = openPresenter(settings, stdout, state);
  try {
    const answer = answerOf("manual", state);
    await withReconciler(settings, presenter.emit, answer, (reconciler) => reconciler.runOnce());
    return ExitCode.OK;
  } finally {
    await presenter.close();
  }
}

function answerOf(task: string, state: ViewState): () => InstanceAnswer {
  return () => statusAnswer(task, state);
}
