import type { Wake } from "../../contracts/wake.ts";
import { NatWake } from "../../linux/nat/nat_wake.ts";
import type { PublishedPorts } from "../../linux/nat/published_ports.ts";
import type { EventSink } from "../../reconcile/events.ts";
import type { Clock } from "../../time/clock.ts";
import { delay } from "../../time/delay.ts";
import { WakeableDelay } from "../../time/wakeable_delay.ts";

/** Where the kernel does not tell of a change of NAT: how often to look, in milliseconds. A look takes some 5 ms of a program. */
const POLL_MS = 5000;

/** Where it does: how often to look all the same, should it ever not, in milliseconds. */
const SAFETY_MS = 60_000;

/** What comes this soon after a change belongs to it: an engine writes its rules in several batches; in milliseconds. */
const SETTLE_MS = 50;

/** Between two looks, in milliseconds: Kubernetes writes its rules anew again and again. */
const PACE_MS = 500;

/**
 * How soon ports are looked at once more in which a container has no name yet, in milliseconds: an engine knows a container
 * that starts only a while after it has written its rules.
 */
const NAME_MS = 2000;

/**
 * Has the reconciler look when other ports are published by NAT than before. Returns what ends that. Where they cannot be
 * read, that is told once.
 */
export function watchPublished(
  published: PublishedPorts,
  onWake: (wake: Wake) => void,
  emit: EventSink,
  clock: Clock,
): () => Promise<void> {
  const watch = new PublishedWatch(published, onWake, emit, clock);
  const running = watch.run();
  return async () => {
    await watch.stop();
    await running;
  };
}

class PublishedWatch {
  readonly #published: PublishedPorts;
  readonly #onWake: (wake: Wake) => void;
  readonly #emit: EventSink;
  readonly #clock: Clock;
  readonly #rest: WakeableDelay;
  readonly #stop = new AbortController();
  readonly #source: NatWake | null;
  #listening: Promise<void> = Promise.resolve();
  #isHeard: boolean;
  #told: string | null = null;

  constructor(published: PublishedPorts, onWake: (wake: Wake) => void, emit: EventSink, clock: Clock) {
    this.#published = published;
    this.#onWake = onWake;
    this.#emit = emit;
    this.#clock = clock;
    this.#rest = new WakeableDelay(clock);
    this.#source = openSource();
    this.#isHeard = this.#source !== null;
  }

  async run(): Promise<void> {
    if (this.#source !== null) this.#listening = this.#listen(this.#source);
    while (!this.#stop.signal.aborted) {
      this.#rest.beginRound();
      const { isNews, isTold, failure } = await this.#published.read(this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      if (isNews) this.#onWake({ reason: "listen", events: [] });
      this.#tell(failure);
      const now = this.#clock.now();
      const isNameless = isNews &&
        this.#published.listeners.some(({ published }) =>
          published!.kind === "container" && published!.program.name === published!.kind
        );
      const dueMs = isNameless ? NAME_MS : isTold && this.#isHeard ? SAFETY_MS : POLL_MS;
      await this.#rest.until(now + dueMs);
      await this.#pause(SETTLE_MS);
      await this.#pause(now + PACE_MS - this.#clock.now());
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#rest.wake();
    await this.#source?.stop();
    await this.#listening;
  }

  async #listen(source: NatWake): Promise<void> {
    while (await source.next()) this.#rest.wake();
    this.#isHeard = false;
    this.#rest.wake();
  }

  async #pause(delayMs: number): Promise<void> {
    if (delayMs <= 0 || this.#stop.signal.aborted) return;
    await delay(delayMs, { clock: this.#clock, signal: this.#stop.signal });
  }

  #tell(failure: string | null): void {
    if (failure !== null && failure !== this.#told) {
      const message = `Ports that NAT in this guest publishes without a socket stay closed: ${failure}`;
      this.#emit({ type: "notice", code: "published-unknown", message });
    }
    this.#told = failure;
  }
}

/** Null where the kernel tells nothing of changes. */
function openSource(): NatWake | null {
  try {
    return new NatWake();
  } catch {
    return null;
  }
}
