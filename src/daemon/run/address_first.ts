import type { EventSink, ReconcileEvent } from "../../reconcile/events.ts";
import type { Clock } from "../../time/clock.ts";

/** How long what happens is kept for Windows' address, in milliseconds: route.exe takes a tenth of a second. */
const PATIENCE_MS = 3000;

/** What says nothing of the address, and may not wait: what goes wrong, and what is waited for. */
const URGENT: ReadonlySet<ReconcileEvent["type"]> = new Set([
  "engine",
  "notice",
  "error",
  "asked",
  "answered",
]);

/**
 * Keeps back what is told of ports until the address is known that others type, so that it stands in the first line,
 * too; the rules never wait. Then everything passes at once, in order.
 */
export class AddressFirst {
  readonly #emit: EventSink;
  readonly #clock: Clock;
  readonly #released = Promise.withResolvers<void>();
  #kept: ReconcileEvent[] | null = [];
  #cancel: (() => void) | null = null;

  /** Passes the events on to `emit`. */
  constructor(emit: EventSink, clock: Clock) {
    this.#emit = emit;
    this.#clock = clock;
  }

  /** Resolves when nothing is kept back any more: the address is known, or is waited for no longer. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** Takes an event. */
  readonly emit: EventSink = (event) => {
    if (this.#kept === null || URGENT.has(event.type)) return this.#emit(event);
    if (event.type === "network") {
      this.#emit(event);
      return this.release();
    }
    this.#kept.push(event);
    this.#cancel ??= this.#clock.after(PATIENCE_MS, () => this.release());
  };

  /** Passes on what was kept; nothing is kept any more. Safe to call twice. */
  release(): void {
    this.#cancel?.();
    const kept = this.#kept ?? [];
    this.#kept = null;
    for (const event of kept) this.#emit(event);
    this.#released.resolve();
  }
}
