import type { Host, HostCheck, HostGlance, HostSnapshot } from "../contracts/host.ts";
import type { Clock } from "../time/clock.ts";
import { SleepWatch } from "../time/sleep_watch.ts";

/** How often what is believed is compared with what Windows holds, in milliseconds. */
const PERIOD_MS = 60_000;

/** The same while the end of a change is not known. */
const PENDING_PERIOD_MS = 5000;

/** How soon after a read that a change has overtaken it is tried again, in milliseconds. */
const OVERTAKEN_MS = 1000;

/**
 * How often it is looked for little whether somebody changed something by hand, in milliseconds; and how long after a change of
 * ours at the soonest, since what forwards takes a while to listen.
 */
const GLANCE_PERIOD_MS = 8000, GLANCE_SETTLE_MS = 3000;

/** What a read in the background has found. `isOvertaken`: a change was made meanwhile, so it may be of before or after. */
export type HostNews =
  /** Everything was read. */
  | { readonly kind: "snapshot"; readonly snapshot: HostSnapshot; readonly isOvertaken: boolean }
  /** What no change shows was read. */
  | { readonly kind: "check"; readonly check: HostCheck; readonly isOvertaken: boolean }
  /** It was looked whether something seems otherwise, with no change meanwhile. */
  | { readonly kind: "glance"; readonly glance: HostGlance }
  /** It cannot be read. */
  | { readonly kind: "failed"; readonly message: string }
  /** The read is over. */
  | { readonly kind: "over" };

/** Reads Windows now and then, off the path from a listener to its rule. What follows from it is for others to say. */
export class BackgroundReads {
  readonly #host: Pick<Host, "snapshot" | "check" | "glance">;
  readonly #clock: Clock;
  readonly #onNews: (news: HostNews) => void | Promise<void>;
  readonly #sleep: SleepWatch;
  /** How often a change has begun or ended: an odd number means that one is under way. */
  #turns = 0;
  #dueMs: number;
  #readAtMs: number | null = null;
  #reading: Promise<void> | null = null;
  #checking: Promise<void> | null = null;
  #glanceDueMs: number;
  #glancing: Promise<void> | null = null;

  /** Starts none yet. */
  constructor(
    host: Pick<Host, "snapshot" | "check" | "glance">,
    clock: Clock,
    onNews: (news: HostNews) => void | Promise<void>,
  ) {
    this.#host = host;
    this.#clock = clock;
    this.#onNews = onNews;
    this.#sleep = new SleepWatch(clock);
    this.#dueMs = clock.now() + PERIOD_MS;
    this.#glanceDueMs = clock.now() + GLANCE_PERIOD_MS;
  }

  /** When everything was last read and believed, in milliseconds since 1970; null for never. */
  get readAtMs(): number | null {
    return this.#readAtMs;
  }

  /** When the next read is due; Infinity while one is under way. */
  get dueMs(): number {
    return this.#reading === null ? this.#dueMs : Infinity;
  }

  /** When the next glance is due; Infinity while everything is read. */
  get glanceDueMs(): number {
    return this.#reading === null ? this.#glanceDueMs : Infinity;
  }

  /** Whether a change is under way. */
  get isChanging(): boolean {
    return this.#turns % 2 !== 0;
  }

  /** A change begins or ends: a read that is under way sees something in between, and is not to be trusted. */
  noteTurn(): void {
    this.#turns++;
    this.#glanceDueMs = Math.max(this.#glanceDueMs, this.#clock.now() + GLANCE_SETTLE_MS);
  }

  /** Everything was read, and is believed. `isPending`: the end of a change is not known. */
  noteRead(isPending: boolean): void {
    this.#readAtMs = this.#clock.wall();
    this.#dueMs = this.#clock.now() + (isPending ? PENDING_PERIOD_MS : PERIOD_MS);
  }

  /** What was read is not believed: read again soon. */
  readSoon(): void {
    this.#dueMs = this.#clock.now() + OVERTAKEN_MS;
  }

  /** The next read is due now. */
  makeDue(): void {
    this.#dueMs = -Infinity;
  }

  /** Starts a read where one is due or the machine slept, else perhaps a glance. `isGlanceWorth`: whether that can tell anything. */
  startIfDue(signal?: AbortSignal, isGlanceWorth = true): void {
    const now = this.#clock.now();
    if (this.#sleep.hasSlept()) this.#dueMs = now;
    if (this.#reading !== null) return;
    if (now < this.#dueMs) {
      if (now < this.#glanceDueMs || this.isChanging) return;
      this.#glanceDueMs = now + GLANCE_PERIOD_MS;
      if (isGlanceWorth) this.#startGlance(signal);
      return;
    }
    this.#dueMs = now + PERIOD_MS;
    this.#reading = this.#run(() => this.#read(signal), signal).finally(() => {
      this.#reading = null;
      this.#onNews({ kind: "over" });
    });
  }

  /**
   * Starts a look at what no change shows: a Windows program that listens since a rule was made must lose the rule again,
   * and a rule whose claim failed without a sign must not stay open to nobody's knowledge.
   */
  startCheck(signal?: AbortSignal): void {
    this.#checking ??= this.#run(() => this.#check(signal), signal).finally(() => {
      this.#checking = null;
      this.#onNews({ kind: "over" });
    });
  }

  /** Resolves when nothing is under way. */
  async finish(): Promise<void> {
    await Promise.all([this.#reading, this.#checking, this.#glancing]);
  }

  #startGlance(signal?: AbortSignal): void {
    this.#glancing ??= this.#glance(signal).finally(() => {
      this.#glancing = null;
    });
  }

  /** What it sees during a change, or cannot see, says nothing: a read makes up for it. */
  async #glance(signal?: AbortSignal): Promise<void> {
    const turns = this.#turns, glance = await this.#host.glance(signal);
    if (glance !== null && !this.#isOvertaken(turns)) this.#onNews({ kind: "glance", glance });
  }

  async #run(read: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!signal?.aborted) this.#onNews({ kind: "failed", message: (error as Error).message });
    }
  }

  async #read(signal?: AbortSignal): Promise<void> {
    const turns = this.#turns;
    const snapshot = await this.#host.snapshot(signal);
    await this.#onNews({ kind: "snapshot", snapshot, isOvertaken: this.#isOvertaken(turns) });
  }

  /** Again and again until no change gets in between. */
  async #check(signal?: AbortSignal): Promise<void> {
    for (let isOvertaken = true; isOvertaken && !signal?.aborted;) {
      const turns = this.#turns;
      const check = await this.#host.check(signal);
      isOvertaken = this.#isOvertaken(turns);
      await this.#onNews({ kind: "check", check, isOvertaken });
    }
  }

  #isOvertaken(turns: number): boolean {
    return turns !== this.#turns || this.isChanging;
  }
}
