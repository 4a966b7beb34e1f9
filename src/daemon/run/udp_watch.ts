import type { Wake } from "../../contracts/wake.ts";
import { BindWake } from "../../linux/ebpf/bind/bind_wake.ts";
import type { UdpSockets } from "../../linux/netlink/udp_sockets.ts";
import { type Listener, sameListeners } from "../../net/listener.ts";
import type { Clock } from "../../time/clock.ts";

/** Where the kernel does not tell of UDP sockets: how often to look at them, in milliseconds. One look takes 0.05 ms. */
const POLL_MS = 500;

/**
 * Has the reconciler look when UDP sockets come and go: as the kernel tells, which takes root, else by looking. Returns what
 * ends that. Takes over `sockets` and closes them.
 */
export async function watchUdp(
  sockets: UdpSockets,
  onWake: (wake: Wake) => void,
  clock: Clock,
): Promise<() => Promise<void>> {
  const poll = new UdpPoll(sockets, onWake, clock);
  const source = new BindWake();
  try {
    await source.start(onWake, () => poll.start());
  } catch {
    poll.start();
  }
  return async () => {
    poll.stop();
    await source.stop();
  };
}

/** Looks at the UDP sockets now and then, and wakes when they are others. */
class UdpPoll {
  readonly #sockets: UdpSockets;
  readonly #onWake: (wake: Wake) => void;
  readonly #clock: Clock;
  #last: readonly Listener[] = [];
  #cancel: () => void = () => {};

  constructor(sockets: UdpSockets, onWake: (wake: Wake) => void, clock: Clock) {
    this.#sockets = sockets;
    this.#onWake = onWake;
    this.#clock = clock;
  }

  start(): void {
    this.#cancel = this.#clock.after(POLL_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
    this.#sockets.close();
  }

  #look(): void {
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
