import type { EventSink } from "../../reconcile/events.ts";

/** How soon it is tried again, at first and at the longest, in milliseconds. */
const FIRST_DELAY_MS = 1000, MAX_DELAY_MS = 30_000;

/** What `--ignore-exception` does where Windows fails: says so once, and has it tried again, longer apart each time. */
export class Patience {
  readonly #emit: EventSink;
  #failures = 0;

  /** `emit` gets the first failure, and the end of them. */
  constructor(emit: EventSink) {
    this.#emit = emit;
  }

  /** How often it has failed so far. */
  get failures(): number {
    return this.#failures;
  }

  /** It failed. */
  noteFailure(message: string): void {
    this.#failures++;
    if (this.#failures > 1) return;
    this.#emit({ type: "error", operation: "start", message, isRetriable: true, count: 1 });
  }

  /** It worked. */
  noteSuccess(): void {
    if (this.#failures > 0) this.#emit({ type: "recovered", operation: "start", count: this.#failures });
  }

  /** Resolves when it is time to try again, or with true as soon as `reason` resolves: then it is not worth it any more. */
  async rest(reason: Promise<unknown>): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (this.#failures - 1), MAX_DELAY_MS);
    const timer = setTimeout(resolve, delayMs, false);
    reason.then(() => resolve(true));
    const hasReason = await promise;
    clearTimeout(timer);
    return hasReason;
  }
}
