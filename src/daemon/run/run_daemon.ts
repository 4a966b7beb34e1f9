import type { Settings } from "../../config/settings.ts";
import { AddressWake } from "../../linux/netlink/address_wake.ts";
import { messageOf } from "../../process/command.ts";
import { DeadManSwitch } from "../../process/dead_man_switch.ts";
import { SYSTEM_CLOCK } from "../../time/clock.ts";
import { delay } from "../../time/delay.ts";
import type { EventSink } from "../../reconcile/events.ts";
import type { Host } from "../../contracts/host.ts";
import type { WakeSource } from "../../contracts/wake.ts";
import type { Reconciler } from "../../reconcile/reconciler.ts";
import { interopEnvironment } from "../../wsl/interop_sockets.ts";
import { AddressFirst } from "./address_first.ts";
import { openEngines } from "./engines.ts";
import { type InstanceAnswer, InstanceLock } from "../instance/instance_lock.ts";
import { Realtime } from "./realtime.ts";
import { ExitCode } from "../exit_code.ts";
import { Refusal } from "../refusal.ts";
import { selfCommand } from "../launch/self_command.ts";
import { tellMode } from "./mode_notices.ts";
import { NetworkWatch } from "./network_watch.ts";
import { exposureIn } from "../open/mode/direct_modes.ts";
import { type OpenReconciler, openReconciler, openUdpSockets } from "../open/open_reconciler.ts";
import { openHelperIfWanted } from "../open/helper/wanted_helper.ts";
import { watchPublished } from "./published_watch.ts";
import { watchUdp } from "./udp_watch.ts";
import { openPatiently, whenAborted } from "../open/open_patiently.ts";
import type { Windows } from "../open/open_windows.ts";
import { WindowsGuard } from "./windows_guard.ts";

/** From the signal that ends wslfwd: how long a change under way may go on, and when everything must be over. */
const CHANGE_GRACE_MS = 1500, CLEANUP_MS = 4800;

/** How soon a clean-up that failed is tried again, in milliseconds. */
const CLEANUP_RETRY_MS = 200;

/** While the kernel tells of listeners: how often to look all the same, should it ever not, in milliseconds. */
const SAFETY_INTERVAL_MS = 30_000;

/** Where a change of the guest's address is not told: how often to look, in milliseconds. */
const ADDRESS_POLL_MS = 5000;

/** What a daemon has around it. */
export interface DaemonSurroundings {
  /** Takes what is worth telling. */
  readonly emit: EventSink;
  /** Ends it. */
  readonly stop: AbortSignal;
  /** What whoever asks is told. */
  readonly answer: () => InstanceAnswer;
  /** What gives the terminal back should we be killed; empty where there is nothing to give back. */
  readonly lastWords: string;
  /** Has a listener told whether there is a terminal to give back, now and whenever that changes. */
  readonly onHeld?: (listener: (isHeld: boolean) => void) => void;
  /** Is given what opens and closes a port of the guest by hand, once that can be done. */
  readonly onControl?: (setByHand: OpenReconciler["setByHand"]) => void;
}

/**
 * Follows the listeners until `stop`, then removes the rules. Throws Refusal where it cannot begin, or may not go on
 * (`--realtime=require`). Resolves with whether nothing of ours is left that should not be.
 */
export async function runDaemon(settings: Settings, surroundings: DaemonSurroundings): Promise<boolean> {
  const { emit, stop, answer } = surroundings;
  const life: Life = { verifiedAtMs: () => null, helper: () => null };
  using _lock = await InstanceLock.take(() => ({
    ...answer(),
    verified: formatTime(life.verifiedAtMs()),
    helper: life.helper(),
  }));
  const windows = await openPatiently(settings.ignoreException, emit, stop);
  return windows === null || await follow(settings, surroundings, windows, life);
}

/** What whoever asks is told besides, once it is known. */
interface Life {
  /** When what Windows holds was last read, in milliseconds since 1970; null for never. */
  verifiedAtMs: () => number | null;
  /** How our program on Windows is; null where none is wanted. */
  helper: () => Readonly<Record<string, unknown>> | null;
}

function formatTime(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}

async function follow(
  settings: Settings,
  surroundings: DaemonSurroundings,
  windows: Windows,
  life: Life,
): Promise<boolean> {
  const { stop, lastWords } = surroundings;
  const addressFirst = new AddressFirst(surroundings.emit, SYSTEM_CLOCK), { emit } = addressFirst;
  tellMode(windows, emit);
  const failure = new AbortController(), abort = new AbortController();
  const ending = AbortSignal.any([stop, failure.signal]);
  ending.addEventListener("abort", () => void setTimeout(() => abort.abort(), CHANGE_GRACE_MS), {
    once: true,
  });

  // Closed in reverse order, whatever happens. A watchdog that is not told that all is well cleans up when we are gone.
  await using opened = new AsyncDisposableStack();
  const watchdog = settings.cleanup ? startWatchdog(emit, lastWords) : null;
  let isClean = false;
  opened.defer(() => isClean ? watchdog?.disarm() : undefined);
  if (watchdog !== null) surroundings.onHeld?.((isHeld) => watchdog.noteHeld(isHeld));
  const guard = settings.cleanup ? await WindowsGuard.open(windows, emit) : null;
  // Nobody hears a hint before there is somebody.
  let onChange = () => {}, onNetwork = () => {};
  const hints = { onChange: () => onChange(), onNetwork: () => onNetwork() };
  const helper = await openHelperIfWanted(settings, windows, emit, hints);
  opened.defer(() => helper?.close());
  life.helper = () => helper?.describe() ?? null;
  const { reconciler, sourceName, setByHand, published } = opened.use(
    openReconciler(settings, windows, emit, (host) => {
      const guardHost = (host: Host) => guard?.guard(host) ?? host;
      return helper?.carry(host, guardHost) ?? guardHost(host);
    }),
  );
  onChange = () => reconciler.noteHostChange();
  surroundings.onControl?.(setByHand);
  if (guard !== null) guard.onRemoved = () => reconciler.noteHostChange();
  opened.defer(() => guard?.giveUp());
  life.verifiedAtMs = () => reconciler.verifiedAtMs;
  opened.defer(await watchAddress(reconciler));
  const { udp: wantsUdp, realtime: { choice } } = settings;
  const udp = wantsUdp
    ? await watchUdp(openUdpSockets(), (wake) => reconciler.wake(wake), SYSTEM_CLOCK, choice)
    : null;
  opened.defer(() => udp?.stop());
  if (published !== null) {
    opened.defer(watchPublished(published, (wake) => reconciler.wake(wake), emit, SYSTEM_CLOCK));
  }
  const exposure = exposureIn(windows, settings.policy);
  const network = new NetworkWatch(windows.programs, exposure, emit, SYSTEM_CLOCK);
  network.start();
  onNetwork = () => network.lookNow();
  opened.defer(() => network.stop());
  const engines = () => openEngines(choice, udp?.onBind ?? null);
  const fail = (reason: string) => failure.abort(reason);
  const realtime = openRealtime(settings, reconciler, engines, sourceName, emit, fail);
  opened.defer(() => realtime.stop());

  emit({ type: "engine", engine: sourceName, detail: null });
  const started = settings.realtime.wanted ? realtime.start() : null;
  if (isRequired(settings)) await Promise.race([started, whenAborted(ending)]);
  // Whatever ends it, what it made has to go.
  const fault = await reconciler.run(ending, abort.signal).then(() => null, (error: unknown) => error);
  const remedy = watchdog === null
    ? "remove them with: wslfwd --clean-rules"
    : "removing them goes on in the background; see wslfwd status";
  addressFirst.release();
  isClean = await cleanUp(settings, reconciler, windows, guard, emit, remedy);
  if (fault !== null) throw fault;
  if (failure.signal.aborted) throw new Refusal(ExitCode.FAILED, failure.signal.reason);
  return isClean;
}

/** Whether wslfwd must end rather than find listeners by polling. */
function isRequired(settings: Settings): boolean {
  return settings.realtime.wanted && settings.realtime.choice === "require";
}

function openRealtime(
  settings: Settings,
  reconciler: Reconciler,
  engines: () => readonly WakeSource[],
  pollingName: string,
  emit: EventSink,
  onFailure: (reason: string) => void,
): Realtime {
  // Who did not ask for it need not hear why it is not, or by what: polling is what they would have got.
  const { isAsked } = settings.realtime;
  const tell: EventSink = (event) =>
    emit(event.type === "engine" && !isAsked ? { ...event, detail: null } : event);
  return new Realtime({
    engines,
    onWake: (wake) => reconciler.wake(wake),
    onChange: (isRealtime) => reconciler.setInterval(isRealtime ? SAFETY_INTERVAL_MS : settings.intervalMs),
    onFallBack: (detail) => {
      if (isRequired(settings)) onFailure(`Cannot follow listeners in real time: ${detail}`);
      else if (isAsked) emit({ type: "engine", engine: pollingName, detail });
    },
    emit: tell,
    clock: SYSTEM_CLOCK,
  });
}

async function cleanUp(
  settings: Settings,
  reconciler: Reconciler,
  windows: Windows,
  guard: WindowsGuard | null,
  emit: EventSink,
  remedy: string,
): Promise<boolean> {
  if (!settings.cleanup) return true;
  const deadline = AbortSignal.timeout(CLEANUP_MS - CHANGE_GRACE_MS);
  let failure: unknown = null;
  while (!deadline.aborted) {
    try {
      await reconciler.removeAll(deadline);
      await guard?.end();
      await windows.host.removeScripts();
      return true;
    } catch (error) {
      failure = error;
      await delay(CLEANUP_RETRY_MS, { signal: deadline });
    }
  }
  const message = `Rules may be left on Windows: ${messageOf(failure)}; ${remedy}`;
  emit({ type: "error", operation: "clean-up", message, isRetriable: false, count: 1 });
  return false;
}

/** Has our rules removed should we be killed. Null where that cannot be had; the next start removes them then. */
function startWatchdog(emit: EventSink, lastWords: string): DeadManSwitch | null {
  try {
    return new DeadManSwitch(
      selfCommand(["--clean-rules", "--ignore-exception"]),
      interopEnvironment(),
      lastWords,
    );
  } catch (error) {
    const message = `Rules would outlive a wslfwd that is killed, until its next start: ${messageOf(error)}`;
    emit({ type: "notice", code: "no-watchdog", message });
    return null;
  }
}

/** Has the reconciler read the guest's address again when it may have changed. Returns what ends that. */
async function watchAddress(reconciler: Reconciler): Promise<() => Promise<void>> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const poll = () => {
    timer ??= setInterval(() => reconciler.wake({ reason: "address", events: [] }), ADDRESS_POLL_MS);
  };
  const source = new AddressWake();
  try {
    await source.start((wake) => reconciler.wake(wake), poll);
  } catch {
    poll(); // A kernel that does not tell is asked.
  }
  return async () => {
    clearInterval(timer);
    await source.stop();
  };
}
