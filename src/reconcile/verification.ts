import type { Announcer } from "./announcer.ts";
import type { Believed } from "./believed.ts";
import type { Clock } from "../time/clock.ts";
import type { Host } from "../contracts/host.ts";
import { SleepWatch } from "../time/sleep_watch.ts";

/** How often what is believed is compared with what Windows holds, in milliseconds. */
const PERIOD_MS = 60_000;

/** The same while the end of a change is not known. */
const PENDING_PERIOD_MS = 5000;

/** How soon after a read that a change has overtaken it is tried again, in milliseconds. */
const OVERTAKEN_MS = 1000;

/** What to do about a stopped IP Helper. */
const FORWARDER_STOPPED =
  "IP Helper is stopped on Windows, so nothing is forwarded; start it in an elevated terminal: sc.exe start iphlpsvc";

/** Reads Windows again now and then, off the path from a listener to its rule, and corrects what is believed. */
export class Verification {
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #believed: Believed;
  readonly #announcer: Announcer;
  readonly #onNews: () => void;
  #changes = 0;
  #dueMs: number;
  readonly #sleep: SleepWatch;
  #isForwarderRunning = true;
  #readAtMs: number | null = null;
  #reading: Promise<void> | null = null;
  #portsReading: Promise<void> | null = null;

  /** `onNews` is called when a read has ended: what is believed may be another, and the next read is due at another time. */
  constructor(host: Host, clock: Clock, believed: Believed, announcer: Announcer, onNews: () => void) {
    this.#host = host;
    this.#clock = clock;
    this.#believed = believed;
    this.#announcer = announcer;
    this.#onNews = onNews;
    this.#dueMs = clock.now() + PERIOD_MS;
    this.#sleep = new SleepWatch(clock);
  }

  /** When everything was last read, in milliseconds since 1970; null for never. */
  get readAtMs(): number | null {
    return this.#readAtMs;
  }

  /** When the next read is due; Infinity while one is under way. */
  get dueMs(): number {
    return this.#reading === null ? this.#dueMs : Infinity;
  }

  /** A change starts or ends: a read that is under way saw something in between, and is not to be trusted. */
  noteChange(): void {
    this.#changes++;
  }

  /** Everything was read just now. */
  noteRead(): void {
    this.#readAtMs = this.#clock.wall();
    const snapshot = this.#believed.snapshot;
    const isPending = this.#believed.pendingKeys.size > 0;
    this.#dueMs = this.#clock.now() + (isPending ? PENDING_PERIOD_MS : PERIOD_MS);
    if (snapshot !== null) this.#noteForwarder(snapshot.isForwarderRunning);
  }

  /** Starts a read in the background where one is due or the machine slept. */
  startIfDue(signal?: AbortSignal): void {
    const now = this.#clock.now();
    if (this.#sleep.hasSlept()) this.#dueMs = now;
    if (this.#reading !== null || now < this.#dueMs) return;
    this.#dueMs = now + PERIOD_MS;
    this.#reading = this.#read(signal).finally(() => {
      this.#reading = null;
      this.#onNews();
    });
  }

  /**
   * Starts a look at what no netsh shows: a Windows program that listens since a rule was made must lose the rule again, and a
   * rule whose claim failed without a sign must not stay open to nobody's knowledge.
   */
  checkPorts(signal?: AbortSignal): void {
    this.#portsReading ??= this.#readPorts(signal).finally(() => {
      this.#portsReading = null;
      this.#onNews();
    });
  }

  /** Resolves when nothing is under way. */
  async settle(): Promise<void> {
    await Promise.all([this.#reading, this.#portsReading]);
  }

  async #read(signal?: AbortSignal): Promise<void> {
    const changes = this.#changes;
    try {
      const snapshot = await this.#host.snapshot(signal);
      this.#announcer.noteWorking("verification");
      if (changes !== this.#changes || this.#believed.snapshot === null) {
        this.#dueMs = this.#clock.now() + OVERTAKEN_MS;
        return;
      }
      this.#believed.replace(snapshot, this.#clock.now());
      this.noteRead();
    } catch (error) {
      if (!signal?.aborted) this.#announcer.noteError("verification", (error as Error).message, true);
    }
  }

  async #readPorts(signal?: AbortSignal): Promise<void> {
    try {
      for (let isOvertaken = true; isOvertaken && !signal?.aborted;) {
        const changes = this.#changes;
        const { claims, ...ports } = await this.#host.check(signal);
        this.#believed.replacePorts(ports);
        this.#noteForwarder(ports.isForwarderRunning);
        // Each change counts twice, at its start and at its end: an odd number means that one is under way.
        isOvertaken = changes !== this.#changes || changes % 2 !== 0;
        if (!isOvertaken) this.#believed.checkClaims(claims);
      }
      this.#announcer.noteWorking("verification");
    } catch (error) {
      if (!signal?.aborted) this.#announcer.noteError("verification", (error as Error).message, true);
    }
  }

  #noteForwarder(isRunning: boolean): void {
    if (this.#isForwarderRunning && !isRunning) {
      this.#announcer.note({ type: "notice", code: "forwarder-stopped", message: FORWARDER_STOPPED });
    }
    if (!this.#isForwarderRunning && isRunning) {
      this.#announcer.note({ type: "notice", code: "forwarder-running", message: "IP Helper runs again" });
    }
    this.#isForwarderRunning = isRunning;
  }
}
