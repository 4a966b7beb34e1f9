/** A timer that fires later than this was not watched: we were stopped ourselves, or the machine slept. */
const LATE_MS = 1000;

/** Tells when something that should be heard again and again is not. Starts with {@link expectWithin}. */
export class HeartbeatTimer {
  readonly #onSilence: (silentMs: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  /** `onSilence` is called once, with the time for which nothing was heard. */
  constructor(onSilence: (silentMs: number) => void) {
    this.#onSilence = onSilence;
  }

  /** It was heard, and is to be heard again within so many milliseconds. */
  expectWithin(limitMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const since = performance.now();
    this.#timer = setTimeout(() => {
      const silentMs = performance.now() - since;
      // What it said meanwhile may still lie in the pipe: listen once more before it is called silent.
      if (silentMs > limitMs + LATE_MS) this.expectWithin(limitMs);
      else {
        this.stop();
        this.#onSilence(silentMs);
      }
    }, limitMs);
  }

  /** Expects nothing any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }
}
