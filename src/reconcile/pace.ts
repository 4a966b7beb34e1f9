/** No more than so many changes of rules within so many milliseconds, when listeners flap. */
const MAX_STARTS = 5, WINDOW_MS = 1000;

/** The first wait after a failure, and the longest, in milliseconds. Each wait is twice the one before. */
const FIRST_DELAY_MS = 250, MAX_DELAY_MS = 30_000;

/** Says how soon the next change of rules may start: at once, unless changes come too fast or the last one failed. */
export class Pace {
  #starts: number[] = [];
  #failures = 0;
  #retryMs = 0;
  #failedMs = -Infinity;

  /** The earliest time for the next start. Never above `nowMs` plus 30 s. */
  nextStartMs(nowMs: number): number {
    const oldest = this.#starts.length < MAX_STARTS ? -Infinity : this.#starts[0]! + WINDOW_MS;
    return Math.max(nowMs, oldest, this.#retryMs);
  }

  /** Whether it waits because something failed. */
  isBackingOff(nowMs: number): boolean {
    return nowMs < this.#retryMs;
  }

  /** A change starts. */
  noteStart(nowMs: number): void {
    this.#starts = [...this.#starts.slice(1 - MAX_STARTS), nowMs];
  }

  /** Something failed: wait, longer each time in a row. */
  noteFailure(nowMs: number): void {
    this.#failedMs = nowMs;
    this.#retryMs = nowMs + Math.min(FIRST_DELAY_MS * 2 ** this.#failures++, MAX_DELAY_MS);
  }

  /** Something worked. */
  noteSuccess(): void {
    this.#failures = 0;
    this.#retryMs = 0;
  }

  /**
   * Something new happened: the waiting starts again at its shortest. Not at once, because wakes can come by the
   * thousand while Windows fails.
   */
  noteWake(): void {
    this.#failures = 0;
    this.#retryMs = Math.min(this.#retryMs, this.#failedMs + FIRST_DELAY_MS);
  }
}
