import type { Wake } from "../../contracts/wake.ts";
import { BindWake } from "../../linux/ebpf/bind/bind_wake.ts";
import type { RealtimeChoice } from "../../config/settings.ts";
import type { UdpSockets } from "../../linux/netlink/udp_sockets.ts";
import { type Listener, sameListeners } from "../../net/listener.ts";
import type { Clock } from "../../time/clock.ts";

/** Where the kernel does not tell of UDP sockets: how often to look at them, in milliseconds. One look takes 0.05 ms. */
const POLL_MS = 500;

/** As much of {@link UdpSockets} as is needed. */
export type Sockets = Pick<UdpSockets, "snapshot" | "close">;

/** What looks at UDP sockets. */
export interface UdpWatch {
  /** To be called when sockets may have been bound: looks at once. Null where our own eBPF program tells. */
  readonly onBind: (() => void) | null;
  /** Ends it. */
  readonly stop: () => Promise<void>;
}

/**
 * Has the reconciler look when UDP sockets come and go: as our own eBPF program tells, which takes root, else by looking
 * now and then, and when a bind is told of. Who chose bpftrace chose programs that can be read in bpf/: ours is not
 * loaded then. Takes over `sockets` and closes them.
 */
export async function watchUdp(
  sockets: Sockets,
  onWake: (wake: Wake) => void,
  clock: Clock,
  choice: RealtimeChoice,
): Promise<UdpWatch> {
  const poll = new UdpPoll(sockets, onWake, clock);
  const source = new BindWake();
  const isTold = choice !== "bpftrace" &&
    await source.start(onWake, () => poll.start()).then(() => true, () => false);
  if (!isTold) poll.start();
  return {
    onBind: isTold ? null : () => poll.look(),
    stop: async () => {
      poll.stop();
      await source.stop();
    },
  };
}

/** Looks at the UDP sockets now and then, and wakes when they are others. */
class UdpPoll {
  readonly #sockets: Sockets;
  readonly #onWake: (wake: Wake) => void;
  readonly #clock: Clock;
  #last: readonly Listener[] = [];
  #cancel: () => void = () => {};

  constructor(sockets: Sockets, onWake: (wake: Wake) => void, clock: Clock) {
    this.#sockets = sockets;
    this.#onWake = onWake;
    this.#clock = clock;
  }

  start(): void {
    this.#cancel = this.#clock.after(POLL_MS, () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
    this.#sockets.close();
  }

  /** Looks at once. */
  look(): void {
    let seen: readonly Listener[];
    try {
      seen = this.#sockets.snapshot();
    } catch {
      return; // The reconciler reads them as well, and tells.
    }
    if (sameListeners(seen, this.#last)) return;
    this.#last = seen;
    this.#onWake({ reason: "listen", events: [] });
  }
}
