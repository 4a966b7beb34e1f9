/** Says when something may start that may not start too often. */
export class RateLimit {
  readonly #maxStarts: number;
  readonly #windowMs: number;
  #starts: readonly number[] = [];

  /** No more than `maxStarts` (one or more) within any `windowMs` milliseconds. */
  constructor(maxStarts: number, windowMs: number) {
    this.#maxStarts = maxStarts;
    this.#windowMs = windowMs;
  }

  /** When the next may start; -Infinity where any time will do. */
  get untilMs(): number {
    return this.#starts.length < this.#maxStarts ? -Infinity : this.#starts[0]! + this.#windowMs;
  }

  /** One starts. Times never fall. */
  noteStart(nowMs: number): void {
    this.#starts = [...this.#starts, nowMs].slice(-this.#maxStarts);
  }
}
