/** Says how long to wait after something failed: twice as long after each failure in a row. It waits for nothing itself. */
export class BackOff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #failures = 0;
  #failedMs = -Infinity;
  #untilMs = -Infinity;

  /** The first wait and the longest, in milliseconds. */
  constructor(firstMs: number, maxMs: number) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** When it may be tried again; -Infinity where nothing has failed. */
  get untilMs(): number {
    return this.#untilMs;
  }

  /** Whether it is too early to try again. */
  isWaiting(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }

  /** It failed. Returns how long to wait, in milliseconds. */
  noteFailure(nowMs: number): number {
    const waitMs = Math.min(this.#firstMs * 2 ** this.#failures++, this.#maxMs);
    this.#failedMs = nowMs;
    this.#untilMs = nowMs + waitMs;
    return waitMs;
  }

  /** It worked. */
  noteSuccess(): void {
    this.#failures = 0;
    this.#untilMs = -Infinity;
  }

  /**
   * Something new happened: the waiting starts again at its shortest. Not at once, because news can come by the thousand
   * while everything fails.
   */
  noteNews(): void {
    this.#failures = 0;
    this.#untilMs = Math.min(this.#untilMs, this.#failedMs + this.#firstMs);
  }
}
