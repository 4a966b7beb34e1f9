/** How many ports one change is about at first, and at the least and at the most. A thousand commands in one script were seen. */
const FIRST_KEYS = 400, MIN_KEYS = 50, MAX_KEYS = 16_000;

/** How long one change should take, in milliseconds: a server that starts meanwhile waits for its end. */
const TARGET_MS = 2000;

/**
 * How many ports one change is about: what Windows does in about two seconds. Each prints the whole table, and each pass
 * looks at all that listens, so that tens of thousands of ports want few large ones.
 */
export class BatchSize {
  #keys = FIRST_KEYS;

  /** How many ports the next change may be about. */
  get keys(): number {
    return this.#keys;
  }

  /** One changed `keys` ports in `durationMs`. */
  noteDone(keys: number, durationMs: number): void {
    const isTelling = keys >= this.#keys / 2 || durationMs > TARGET_MS;
    if (!isTelling) return;
    const fitting = Math.floor(keys * TARGET_MS / Math.max(durationMs, 1));
    this.#keys = Math.min(Math.max(fitting, MIN_KEYS), 2 * this.#keys, MAX_KEYS);
  }

  /** One failed: it may have been too large. */
  noteFailure(): void {
    this.#keys = Math.min(this.#keys, FIRST_KEYS);
  }
}
