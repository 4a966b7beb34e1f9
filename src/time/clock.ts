/** Time as the reconciler sees it; a test brings its own. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds since 1970 by the wall clock, which can jump. */
  wall(): number;
  /** Calls back once after so many milliseconds; returns what calls it off. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
