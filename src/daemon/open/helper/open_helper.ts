import type { Host } from "../../../contracts/host.ts";
import type { Settings } from "../../../config/settings.ts";
import type { EventSink } from "../../../reconcile/events.ts";
import { SYSTEM_CLOCK } from "../../../time/clock.ts";
import { FastHost } from "../../../windows/helper/fast_host.ts";
import { HintedHost } from "../../../windows/helper/hinted_host.ts";
import { isDirectMode } from "../../../wsl/networking_mode.ts";
import { Helper, type HelperState } from "../../../windows/helper/helper.ts";
import { RelayHost } from "../../../windows/helper/relay_host.ts";
import { PATIENCE_MS, type RelayTraffic, UdpRelay } from "../../../windows/helper/udp_relay.ts";
import type { Windows } from "../open_windows.ts";
import { needsRelay } from "./wanted_helper.ts";

/** How often what went through is asked, in milliseconds: one line to the helper and its answer. */
const TRAFFIC_MS = 5000;

/** How often at most it is told that datagrams were lost, in milliseconds. */
const LOSS_MS = 60_000;

/** Our program on Windows, and what it is for. */
export interface OpenHelper {
  /**
   * A host that hears of changes at once, and carries UDP where it is to. `guard`: what stands before what netsh and the helper
   * change.
   */
  carry(behind: Host, guard: (host: Host) => Host): Host;
  /** How it is, for whoever asks: the field `helper` of the format. */
  describe(): Readonly<Record<string, unknown>>;
  /** Ends our program on Windows and removes its files; nothing is relayed any more. */
  close(): Promise<void>;
}

/** What hears of changes on Windows. */
export interface HelperHints {
  /** What Windows holds or can carry may be otherwise. */
  onChange(): void;
  /** Its networks or addresses may be. */
  onNetwork(): void;
}

/**
 * Has our program compiled and started on Windows, in the background. Where it does not run, UDP is not forwarded, which is said
 * once for each reason; TCP does not need it.
 */
export function openHelper(
  settings: Settings,
  windows: Windows,
  emit: EventSink,
  hints: HelperHints,
): OpenHelper {
  const clock = SYSTEM_CLOCK, isRelay = needsRelay(settings, windows), { owner } = windows;
  const tell = tellState(emit, isRelay);
  let hinted: HintedHost | null = null, cancelPatience = clock.after(PATIENCE_MS, hints.onChange);
  const helper = new Helper(windows.programs, owner, {
    onState: (state) => {
      tell(state);
      cancelPatience();
      if (state.kind === "running") hinted?.noteRunning();
      else if (isRelay) cancelPatience = clock.after(PATIENCE_MS, hints.onChange);
      relay.noteState(state).then(hints.onChange);
    },
    onEvent: (words) => {
      if (words[0] !== "udp") return hinted?.noteEvent(words);
      relay.noteEvent(words);
      hints.onChange();
    },
  });
  const relay = new UdpRelay(helper, clock);
  const meter = isRelay ? new TrafficMeter(relay, emit) : null;
  let fastReason: string | null = "not tried yet";
  const noteFast = (reason: string | null) => {
    fastReason = reason;
    if (reason === null) return;
    emit({ type: "notice", code: "fast-rules-off", message: `netsh makes every rule: ${reason}` });
  };
  helper.start();
  return {
    carry: (behind, guard) => {
      const isFast = settings.helper === "all" && !isDirectMode(windows.mode);
      const fast = isFast ? new FastHost(behind, helper, owner, clock, noteFast) : behind;
      hinted = new HintedHost(fast, helper, owner, clock);
      hinted.onChange = hints.onChange;
      hinted.onNetwork = hints.onNetwork;
      const guarded = guard(hinted);
      const readExcluded = (signal?: AbortSignal) => windows.host.readExcludedUdp(signal);
      return isRelay ? new RelayHost(guarded, relay, readExcluded) : guarded;
    },
    describe: () => ({
      ...describeState(helper.state),
      makesRules: settings.helper === "all" && fastReason === null,
      relayed: (meter?.last ?? []).map(trafficFields),
    }),
    close: async () => {
      cancelPatience();
      hinted?.close();
      meter?.stop();
      await helper.close();
    },
  };
}

/** Tells each reason why it does not run once, and that it runs again. */
function tellState(emit: EventSink, isRelay: boolean): (state: HelperState) => void {
  let lastReason: string | null = null;
  return (state) => {
    if (state.kind === "running") {
      if (lastReason !== null) {
        emit({ type: "notice", code: "helper-running", message: "our program on Windows runs again" });
      }
      lastReason = null;
    } else if (state.kind === "failed" && state.reason !== lastReason) {
      lastReason = state.reason;
      const message = isRelay
        ? `UDP is not forwarded: ${state.reason}; TCP is not affected`
        : `our program on Windows does not run: ${state.reason}; netsh does what it does not`;
      emit({ type: "notice", code: "helper-failed", message });
    }
  };
}

/** Asks now and then what went through, and tells where datagrams are lost. */
class TrafficMeter {
  readonly #relay: UdpRelay;
  readonly #emit: EventSink;
  #cancel: () => void = () => {};
  #toldLost = 0;
  #toldMs = -Infinity;
  /** What went through at last. */
  last: readonly RelayTraffic[] = [];

  constructor(relay: UdpRelay, emit: EventSink) {
    this.#relay = relay;
    this.#emit = emit;
    this.#wait();
  }

  stop(): void {
    this.#cancel();
    this.#cancel = () => {};
  }

  #wait(): void {
    this.#cancel = SYSTEM_CLOCK.after(TRAFFIC_MS, async () => {
      const cancel = this.#cancel;
      this.last = await this.#relay.traffic();
      this.#tellLosses();
      if (cancel === this.#cancel) this.#wait(); // Not stopped meanwhile.
    });
  }

  #tellLosses(): void {
    const lossy = this.last.filter(({ dropped }) => dropped > 0);
    const lost = lossy.reduce((sum, { dropped }) => sum + dropped, 0), now = SYSTEM_CLOCK.now();
    // A port that is opened anew begins to count anew.
    if (lost < this.#toldLost) this.#toldLost = lost;
    if (lost === this.#toldLost || now - this.#toldMs < LOSS_MS) return;
    this.#toldLost = lost;
    this.#toldMs = now;
    const ports = lossy.map(({ listen, dropped }) => `${dropped} on ${listen.port}/udp`).join(", ");
    const message = `datagrams were lost between the LAN and this guest: ${ports}`;
    this.#emit({ type: "notice", code: "udp-lost", message });
  }
}

function describeState(state: HelperState): { state: string; pid: number | null; reason: string | null } {
  return {
    state: state.kind,
    pid: state.kind === "running" ? state.pid : null,
    reason: state.kind === "failed" ? state.reason : null,
  };
}

function trafficFields({ listen, ...counts }: RelayTraffic): Readonly<Record<string, unknown>> {
  return { listenAddress: listen.address, listenPort: listen.port, ...counts };
}
