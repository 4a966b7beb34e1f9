import type { Clock } from "./clock.ts";

/** Where a worker waits between two rounds, until it is time or somebody wakes it: also one who called before it waited. */
export class WakeableDelay {
  readonly #clock: Clock;
  #isAwake = false;
  #end: () => void = () => {};

  /** `clock`: what it is timed by. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A round begins: it sees what every earlier {@link wake} was for. */
  beginRound(): void {
    this.#isAwake = false;
  }

  /** Ends the wait, or keeps the next one of this round from beginning. */
  wake(): void {
    this.#isAwake = true;
    this.#end();
  }

  /** Resolves at `timeMs` of the clock, or sooner by {@link wake}. One call at a time. */
  async until(timeMs: number): Promise<void> {
    if (this.#isAwake) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#end = resolve;
    const cancel = this.#clock.after(Math.max(0, Math.ceil(timeMs - this.#clock.now())), resolve);
    await promise;
    cancel();
    this.#end = () => {};
  }
}
