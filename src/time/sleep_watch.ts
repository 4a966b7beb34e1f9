import type { Clock } from "./clock.ts";

/** By how much wall clock and monotonic clock must part for us to think that the machine slept, in milliseconds. */
const DRIFT_MS = 5000;

/** Tells whether the machine slept, or its clock was set: both leave everything open. */
export class SleepWatch {
  readonly #clock: Clock;
  #driftMs: number;

  /** Counts from now on. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#driftMs = clock.wall() - clock.now();
  }

  /** Whether it did since the last call. */
  hasSlept(): boolean {
    const driftMs = this.#clock.wall() - this.#clock.now();
    const hasSlept = Math.abs(driftMs - this.#driftMs) > DRIFT_MS;
    this.#driftMs = driftMs;
    return hasSlept;
  }
}
