import { setImmediate } from "node:timers";
import type { Clock } from "../../../src/time/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #nowMs = 1000;
  #wallOffsetMs = Date.UTC(2030, 0);
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** How many timers have run out so far. */
  firedCount = 0;

  now(): number {
    return this.#nowMs;
  }

  wall(): number {
    return this.#nowMs + this.#wallOffsetMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    if (!(delayMs >= 0)) throw new RangeError(`Cannot wait for ${delayMs} ms`);
    const timer = { atMs: this.#nowMs + delayMs, order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Resolves after so many milliseconds of this clock. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** The machine sleeps: the wall clock goes on, the monotonic one does not. */
  suspend(forMs: number): void {
    this.#wallOffsetMs += forMs;
  }

  /** Lets so much time pass; whatever becomes due happens in order. Throws where that never ends. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    await settle();
    for (let fired = 0;; fired++) {
      let next: Timer | null = null;
      for (const timer of this.#timers) {
        if (timer.atMs > endMs) continue;
        if (
          next === null || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)
        ) {
          next = timer;
        }
      }
      if (next === null) break;
      if (fired > 200_000) throw new Error(`A busy loop: ${fired} timers within ${byMs} ms`);
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.firedCount++;
      next.callback();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** Resolves when every promise that could go on has: a task runs only once no microtask is left. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
