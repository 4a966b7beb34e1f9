/** How many entries one change makes and deletes at first, and at the least and at the most. A thousand commands in one script were seen. */
const FIRST = 400, LEAST = 50, MOST = 32_000;

/** How long one change should take, in milliseconds: a server that starts meanwhile waits for its end. */
const TARGET_MS = 2000;

/**
 * How many entries one change makes and deletes: what Windows does in about two seconds. Each prints the whole table, and each pass
 * looks at all that listens, so that tens of thousands of ports want few large ones.
 */
export class BatchSize {
  #entries = FIRST;

  /** How many entries the next change may make and delete. */
  get entries(): number {
    return this.#entries;
  }

  /** One changed so many entries in `durationMs`. */
  noteDone(entries: number, durationMs: number): void {
    const isTelling = entries >= this.#entries / 2 || durationMs > TARGET_MS;
    if (!isTelling) return;
    const fitting = Math.floor(entries * TARGET_MS / Math.max(durationMs, 1));
    this.#entries = Math.min(Math.max(fitting, LEAST), 2 * this.#entries, MOST);
  }

  /** One failed: it may have been too large. */
  noteFailure(): void {
    this.#entries = Math.min(this.#entries, FIRST);
  }
}
