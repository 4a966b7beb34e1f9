import type { Settings } from "../../config/settings.ts";
import type { InstanceAnswer } from "../../daemon/instance/instance_lock.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { Refusal } from "../../daemon/refusal.ts";
import { PortSet } from "../../net/port_set.ts";
import type { PageServer } from "../../page/page_server.ts";
import { messageOf } from "../../process/command.ts";
import { AddressFirst } from "../../daemon/run/address_first.ts";
import { NetworkWatch } from "../../daemon/run/network_watch.ts";
import { runDaemon } from "../../daemon/run/run_daemon.ts";
import { StopSignals } from "../../daemon/run/stop_signals.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { exposureIn } from "../../daemon/open/mode/direct_modes.ts";
import { withReconciler } from "../../daemon/run/with_reconciler.ts";
import { SYSTEM_CLOCK } from "../../time/clock.ts";
import type { Output } from "../screen/output.ts";
import { countOf } from "../screen/describe.ts";
import { openPresenter, type Presenter } from "../screen/presenter.ts";
import { presentRequested } from "../requested/present_requested.ts";
import { RequestedPorts, sinkFor } from "../requested/requested_ports.ts";
import { statusAnswer } from "./ask/status_answer.ts";
import { ViewState } from "../../view/view_state.ts";

/** Follows the listeners until a signal ends it. Resolves with the exit code. */
export async function followListeners(settings: Settings, stdout: Output): Promise<number> {
  const state = new ViewState(settings);
  const requested = requestedPorts(settings);
  const presenter = requested !== null && settings.isOnly && !settings.json
    ? presentRequested(settings, stdout, state, requested)
    : openPresenter(settings, stdout, state, async (port) => {
      const { explainInLines } = await import("./ask/run_why.ts");
      return await explainInLines(port, settings);
    });
  const signals = new StopSignals(() => {
    stdout.write(
      "Not waiting any longer: the watchdog removes the rules that are left; see: wslfwd status\n",
    );
    Deno.exit(ExitCode.FAILED);
  });
  signals.stop.addEventListener("abort", () => presenter.noteEnding(), { once: true });
  let page: PageServer | null = null;
  try {
    page = settings.page === null ? null : await openPage(settings.page, settings, state);
    const told: EventSink = (event) => {
      presenter.emit(event);
      page?.notify();
    };
    const emit = sinkFor(requested, settings.isOnly, withOthers(settings, told));
    const answer = answerOf("auto", state);
    const { lastWords, onControl, onHeld } = presenter;
    const isClean = await runDaemon(withPage(settings), {
      ...{ emit, stop: signals.stop, answer, lastWords },
      ...onControl === undefined ? {} : { onControl },
      ...onHeld === undefined ? {} : { onHeld },
    });
    if (!isClean) return ExitCode.FAILED;
    return settings.isOnly && requested?.wereAllOpen === false ? ExitCode.NOT_OPEN : ExitCode.OK;
  } finally {
    await page?.close();
    await presenter.close();
    signals.release();
  }
}

/** The page's port is open whatever the lists say, without being one of those that the user named. */
function withPage(settings: Settings): Settings {
  if (settings.page === null) return settings;
  const { policy } = settings, only = PortSet.parse(String(settings.page))!;
  return { ...settings, policy: { ...policy, fixedPorts: policy.fixedPorts.union(only) } };
}

/** Throws Refusal where the page would be open to more than the local subnet, or its port cannot be had. */
async function openPage(port: number, settings: Settings, state: ViewState): Promise<PageServer> {
  if (settings.policy.scope.remoteIps.some((each) => each !== "localsubnet")) {
    throw new Refusal(
      ExitCode.USAGE,
      "--page is for the local subnet alone; leave out --page, or --remote-ip",
    );
  }
  const { PageServer } = await import("../../page/page_server.ts");
  try {
    return new PageServer(port, () => state.view);
  } catch (error) {
    const message = `Cannot serve the page on port ${port}: ${
      messageOf(error)
    }; use another one: --page=PORT`;
    throw new Refusal(ExitCode.USAGE, message);
  }
}

/** `--mode manual`: looks once, makes the rules, and leaves them to `--clean-rules` or a later run. */
export async function forwardOnce(settings: Settings, stdout: Output): Promise<number> {
  if (settings.page !== null) {
    throw new Refusal(
      ExitCode.USAGE,
      "--page goes on serving, and --mode manual ends; leave out one of them",
    );
  }
  const state = new ViewState(settings);
  const presenter = openPresenter(settings, stdout, state);
  const requested = requestedPorts(settings);
  try {
    const answer = answerOf("manual", state);
    const told = sinkFor(requested, settings.isOnly, withOthers(settings, presenter.emit));
    const addressFirst = new AddressFirst(told, SYSTEM_CLOCK), { emit } = addressFirst;
    await withReconciler(settings, emit, answer, async (reconciler, windows) => {
      const exposure = exposureIn(windows, settings.policy);
      const network = new NetworkWatch(windows.programs, exposure, emit, SYSTEM_CLOCK);
      network.start();
      try {
        await reconciler.runOnce();
        await addressFirst.released;
      } finally {
        addressFirst.release();
        await network.stop();
      }
    });
    return requested === null ? ExitCode.OK : tellMissing(requested, presenter);
  } finally {
    await presenter.close();
  }
}

function requestedPorts(settings: Settings): RequestedPorts | null {
  return settings.requested === null ? null : new RequestedPorts(settings.requested, settings);
}

/** Says which of the ports that were named nothing listens on; of the rejected ones the reason was told. */
function tellMissing(requested: RequestedPorts, { emit }: Presenter): number {
  let isAllOpen = true;
  for (const port of requested.ports()) {
    const { state } = requested.stateOf(port);
    if (state === "open") continue;
    isAllOpen = false;
    if (state === "rejected") continue;
    const message = `not open ${port}: nothing listens on port ${
      requested.guestPortOf(port)
    } that can be reached`;
    emit({ type: "notice", code: "not-open", message });
  }
  return isAllOpen ? ExitCode.OK : ExitCode.NOT_OPEN;
}

/**
 * Who names ports by `--port` may take it that no others are open: says how many are, and how to have these alone, when the
 * first look is done.
 */
function withOthers(settings: Settings, emit: EventSink): EventSink {
  const fixed = settings.policy.fixedPorts;
  if (fixed.isEmpty || settings.isOnly) return emit;
  const others = new Set<number>();
  return (event) => {
    emit(event);
    if (event.type === "forwarded" && !fixed.has(event.rule.listen.port)) others.add(event.rule.listen.port);
    if (event.type !== "ready" || others.size === 0) return;
    const message =
      `--port adds to what listens: ${countOf(others.size, "other port is", "other ports are")} ` +
      `open as well; to open these alone: wslfwd ${fixed.toString().replaceAll(",", " ")}`;
    emit({ type: "notice", code: "others-open", message });
  };
}

function answerOf(task: string, state: ViewState): () => InstanceAnswer {
  return () => statusAnswer(task, state);
}
