import type { Wake } from "../contracts/wake.ts";
import type { Listener } from "../net/listener.ts";
import { BackOff } from "../time/back_off.ts";
import type { Clock } from "../time/clock.ts";
import { WakeableDelay } from "../time/wakeable_delay.ts";
import { RescanSeries } from "./guest/rescan.ts";

/** The first wait after a failure, and the longest, in milliseconds. */
const FIRST_DELAY_MS = 250, MAX_DELAY_MS = 30_000;

/** Says when to look: at a wake, in a series after events, by the interval, and later where something failed. */
export class Schedule {
  readonly #clock: Clock;
  readonly #delay: WakeableDelay;
  readonly #backOff = new BackOff(FIRST_DELAY_MS, MAX_DELAY_MS);
  readonly #rescan = new RescanSeries();
  #intervalMs: number;
  #lookedMs = 0;
  /** When to try what had to wait; Infinity where nothing has to. */
  #retryMs = Infinity;

  /** `intervalMs`: how long at most until the next look. */
  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#delay = new WakeableDelay(clock);
  }

  /** When it was last looked, by the clock. */
  get lookedMs(): number {
    return this.#lookedMs;
  }

  /** Whether something failed, and it is too early to try again. */
  get isBackingOff(): boolean {
    return this.#backOff.isWaiting(this.#clock.now());
  }

  /** How long at most until the next look, from now on, in milliseconds. */
  setInterval(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    this.wake();
  }

  /** A round begins: it takes in whatever every earlier {@link wake} was for. */
  beginRound(): void {
    this.#delay.beginRound();
    this.#retryMs = Infinity;
    this.#lookedMs = this.#clock.now();
  }

  /** Ends the wait for the next round. */
  wake(): void {
    this.#delay.wake();
  }

  /** Something happened, as the kernel tells it: it is looked again until that is explained. */
  noteWake({ reason, events }: Wake): void {
    if (reason !== "address") this.#rescan.restart(events, this.#clock.now());
    this.#backOff.noteNews();
  }

  /** Something new was found without a wake. */
  noteNews(): void {
    this.#backOff.noteNews();
  }

  /** Looks, and takes note of it. Throws what `scan` throws. */
  look(scan: () => readonly Listener[]): readonly Listener[] {
    this.#lookedMs = this.#clock.now();
    const seen = scan();
    this.#rescan.explain(seen, this.#clock.now());
    return seen;
  }

  /** Something failed. `startMs`: when a change may start besides. */
  noteFailure(startMs: number): void {
    this.#backOff.noteFailure(this.#clock.now());
    this.#retryMs = this.#startMs(startMs);
  }

  /** Something worked. */
  noteSuccess(): void {
    this.#backOff.noteSuccess();
  }

  /**
   * Whether a change must wait, because the last one failed or, `startMs`, there were too many; it is tried again in the
   * next round then.
   */
  mustWait(startMs: number): boolean {
    const atMs = this.#startMs(startMs);
    if (atMs <= this.#clock.now()) return false;
    this.#retryMs = atMs;
    return true;
  }

  /** Resolves when it is time for the next round. `dueMs`: when something else is due. */
  async rest(dueMs: number): Promise<void> {
    const lookMs = this.#lookedMs + this.#intervalMs;
    // Where something has to wait, nothing else can be done before; but new listeners shorten the wait.
    const isHeldBack = this.#retryMs < Infinity;
    await this.#delay.until(
      isHeldBack ? Math.min(lookMs, this.#retryMs) : Math.min(lookMs, this.#rescan.nextMs, dueMs),
    );
  }

  #startMs(startMs: number): number {
    return Math.max(this.#clock.now(), startMs, this.#backOff.untilMs);
  }
}
