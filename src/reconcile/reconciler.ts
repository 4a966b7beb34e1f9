import { type Listener, sameListeners } from "../net/listener.ts";
import { claimOn } from "../plan/claim.ts";
import { claimsFirst } from "../plan/claims_first.ts";
import { desiredRules } from "../plan/desired_rules.ts";
import { diffRules } from "../plan/diff_rules.ts";
import type { Desired, Forward } from "../plan/forward.ts";
import type { Operation } from "../plan/operation.ts";
import { needsProgramNames } from "../plan/policy.ts";
import { Admissions } from "./admissions.ts";
import { Announcer } from "./announcer.ts";
import { Believed } from "./believed.ts";
import { Changer } from "./changer.ts";
import { Linger } from "./linger.ts";
import { HostError, type SnapshotPart } from "../contracts/host.ts";
import { SnapshotError } from "../contracts/snapshot_error.ts";
import type { Wake } from "../contracts/wake.ts";
import type { ReconcilerParts } from "./reconciler_parts.ts";
import { removeHeld } from "./remove_held.ts";
import { RescanSeries } from "./rescan.ts";
import { BackOff } from "../time/back_off.ts";
import { RateLimit } from "../time/rate_limit.ts";
import { WakeableDelay } from "../time/wakeable_delay.ts";
import { TrackedAddress } from "./tracked_address.ts";
import { Verification } from "./verification.ts";

/** No more than so many changes of rules within so many milliseconds, when listeners flap. */
const MAX_STARTS = 5, START_WINDOW_MS = 1000;

/** The first wait after a failure, and the longest, in milliseconds. */
const FIRST_DELAY_MS = 250, MAX_DELAY_MS = 30_000;

/**
 * Keeps the rules on Windows equal to what listens: one worker, the latest state wins. A wake only says that it is time
 * to look; what is seen is the truth. While one change runs, others gather for the next look.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #believed = new Believed();
  readonly #announcer: Announcer;
  readonly #linger: Linger;
  readonly #rescan = new RescanSeries();
  readonly #rate = new RateLimit(MAX_STARTS, START_WINDOW_MS);
  readonly #backOff = new BackOff(FIRST_DELAY_MS, MAX_DELAY_MS);
  readonly #verification: Verification;
  readonly #changer: Changer;
  readonly #address: TrackedAddress;
  readonly #admissions: Admissions;
  readonly #delay: WakeableDelay;
  #intervalMs: number;
  #lastSeen: readonly Listener[] = [];
  /** Whether there may be something to change although the same sockets listen. */
  #isDirty = true;
  #isReady = false;
  #lookedMs = 0;
  #lingerEndMs: number | null = null;
  /** When to try what had to wait. */
  #retryMs: number | null = null;

  /** Does nothing until {@link run} or {@link runOnce}. */
  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    const { host, clock } = parts;
    this.#intervalMs = parts.intervalMs;
    this.#delay = new WakeableDelay(clock);
    this.#announcer = new Announcer(parts.emit, parts.programs, host);
    this.#linger = new Linger(parts.lingerMs);
    this.#verification = new Verification(
      host,
      clock,
      this.#believed,
      this.#announcer,
      () => this.#wakeUp(true),
    );
    this.#address = new TrackedAddress(parts.address, this.#announcer);
    this.#admissions = new Admissions(parts.gate);
    this.#changer = new Changer(
      host,
      clock,
      this.#believed,
      this.#announcer,
      this.#rate,
      this.#backOff,
      this.#verification,
    );
  }

  /** When what Windows holds was last read, in milliseconds since 1970; null for never. */
  get verifiedAtMs(): number | null {
    return this.#verification.readAtMs;
  }

  /** Something happened: look at once. */
  wake(wake: Wake): void {
    const { clock, programs, policy } = this.#parts;
    if (wake.reason === "address") this.#address.noteChange();
    else this.#rescan.restart(wake.events, clock.now());
    let isLent = false;
    for (const event of wake.events) {
      if (event.kind !== "open" || event.inode === 0 || event.programName === null) continue;
      programs.lend(event.inode, event.programName);
      isLent = true;
    }
    this.#backOff.noteNews();
    // A name can decide about a socket that was seen before the event came.
    this.#wakeUp(isLent && needsProgramNames(policy));
  }

  /** How long at most until the next look, from now on, in milliseconds. */
  setInterval(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    this.#wakeUp(false);
  }

  /**
   * Looks again and again until `stop`, then lets the change under way end, or `abort` end it. Rejects only where this
   * program is wrong.
   */
  async run(stop: AbortSignal, abort: AbortSignal): Promise<void> {
    const onStop = () => this.#wakeUp(false);
    stop.addEventListener("abort", onStop);
    try {
      while (!stop.aborted) {
        this.#delay.beginRound();
        await this.#pass(stop, abort);
        if (!stop.aborted) await this.#delay.until(this.#nextMs);
      }
    } finally {
      stop.removeEventListener("abort", onStop);
      await this.#verification.settle();
    }
  }

  /** One look and what follows from it. Throws SnapshotError or HostError; some rules may have been made then. */
  async runOnce(): Promise<void> {
    try {
      await this.#settleDown();
    } catch (error) {
      // An entry whose claim was refused must not stay: no later run would know it for ours.
      if (error instanceof HostError) await this.#mend();
      throw error;
    } finally {
      await this.#announcer.flush();
    }
  }

  async #settleDown(): Promise<void> {
    do {
      this.#delay.beginRound();
      this.#retryMs = null;
      while (await this.#look()) {
        // More ports than one netsh changes.
      }
      if (this.#retryMs === null) await this.#verification.settle();
      else await this.#delay.until(this.#nextMs);
    } while (this.#isDirty);
  }

  async #mend(): Promise<void> {
    if (this.#believed.snapshot === null) await this.#readHost();
    const plan = this.#changer.planMending();
    if (plan.length > 0) await this.#changer.apply(plan);
  }

  /**
   * Removes everything that is ours, whether this run made it or another, and returns how many ports that were. Throws
   * SnapshotError or HostError where something of it may be left.
   */
  async removeAll(signal?: AbortSignal): Promise<number> {
    const parts = {
      believed: this.#believed,
      changer: this.#changer,
      clock: this.#parts.clock,
      read: (signal?: AbortSignal) => this.#readHost(signal, "held"),
    };
    const removed = await removeHeld(parts, signal);
    this.#announcer.noteStopped();
    await this.#announcer.flush();
    return removed;
  }

  async #pass(stop: AbortSignal, abort: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    this.#retryMs = null;
    this.#lookedMs = clock.now();
    try {
      if (this.#backOff.isWaiting(clock.now()) && !this.#findsNews()) return;
      while (!stop.aborted && await this.#look(abort)) {
        // Each look takes in what happened during the last change.
      }
      this.#verification.startIfDue(abort);
      if (this.#retryMs === null) this.#noteWorking();
    } catch (error) {
      if (abort.aborted) return;
      if (!(error instanceof SnapshotError || error instanceof HostError)) throw error;
      const what = error instanceof HostError ? error.operation : error.source;
      this.#announcer.noteError(what, error.message, true);
      this.#backOff.noteFailure(clock.now());
      this.#retryMs = this.#startMs;
    }
  }

  async #readHost(signal?: AbortSignal, part: SnapshotPart = "all"): Promise<void> {
    const { host, clock } = this.#parts;
    this.#believed.replace(await host.snapshot(signal, part), clock.now());
    this.#verification.noteRead();
    this.#announcer.noteWorking("windows");
    this.#isDirty = true;
  }

  /** A pass did all there was to do. */
  #noteWorking(): void {
    this.#backOff.noteSuccess();
    if (!this.#isDirty && this.#believed.pendingKeys.size === 0) this.#announcer.noteWorking("netsh");
  }

  /** Looks, and makes the changes that may be made now. Returns whether it made any, so that it is time to look again. */
  async #look(signal?: AbortSignal): Promise<boolean> {
    const { programs, policy } = this.#parts;
    if (this.#believed.snapshot === null) await this.#readHost(signal);
    const mending = this.#changer.limit(this.#changer.planMending());
    if (mending.length > 0) {
      if (this.#mustWait()) return false;
      await this.#changer.apply(mending, signal);
      return true;
    }
    if (await this.#address.refresh()) this.#isDirty = true;
    const seen = this.#scan();
    const isLingerOver = this.#lingerEndMs !== null && this.#lingerEndMs <= this.#lookedMs;
    const isSame = !this.#isDirty && !isLingerOver && sameListeners(seen, this.#lastSeen);
    if (isSame && !this.#admissions.haveChanged()) return false;
    if (needsProgramNames(policy)) await programs.resolve(seen);
    // A check in the background may have shown meanwhile that what is believed is wrong.
    if (this.#believed.snapshot === null) return true;
    const { desired, forwards, plan } = this.#plan(seen);
    this.#lastSeen = seen;
    this.#isDirty = plan.length > 0;
    if (plan.length > 0) {
      if (this.#mustWait()) return false;
      const earlier = this.#believed.held;
      await this.#changer.apply(plan, signal);
      if (this.#believed.snapshot === null) return true;
      this.#announcer.notePass(seen, desired, forwards, this.#believed.held, plan, earlier);
      if (plan.some((operation) => operation.kind === "add-entry")) this.#verification.checkPorts(signal);
    } else this.#announcer.notePass(seen, desired, forwards, this.#believed.held, plan, this.#believed.held);
    this.#noteReady();
    return plan.length > 0;
  }

  #scan(): readonly Listener[] {
    const { clock, listeners } = this.#parts;
    this.#lookedMs = clock.now();
    const seen = listeners.snapshot();
    this.#announcer.noteWorking(listeners.name);
    this.#rescan.explain(seen, clock.now());
    return seen;
  }

  /**
   * Looks, while it waits after a failure, whether other listeners are there than before: that shortens the wait, as a wake
   * does, which may not come. Returns whether it is over.
   */
  #findsNews(): boolean {
    try {
      const seen = this.#scan();
      if (!sameListeners(seen, this.#lastSeen)) {
        this.#backOff.noteNews();
        this.#isDirty = true;
      }
      this.#lastSeen = seen;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
    }
    return !this.#mustWait();
  }

  #plan(seen: readonly Listener[]): {
    desired: Desired;
    forwards: readonly Forward[];
    plan: readonly Operation[];
  } {
    const { programs, policy, owner } = this.#parts;
    const guestAddress = this.#address.address;
    const named = seen.map((listener) => ({ ...listener, program: programs.programOf(listener.inode) }));
    const pending = this.#believed.pendingKeys;
    const wanted = desiredRules(named, policy, guestAddress, this.#believed.view, pending);
    const desired = this.#admissions.open(wanted, this.#address.guest);
    const { forwards, nextMs } = this.#linger.extend(desired, guestAddress, this.#lookedMs);
    this.#lingerEndMs = nextMs;
    const claims = forwards.map((forward) => claimOn(forward.rules, owner, policy.scope));
    const plan = this.#changer.limit(diffRules(claims, this.#believed.held));
    return { desired, forwards, plan: this.#changer.areClaimsDoubtful ? claimsFirst(plan) : plan };
  }

  #noteReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    const forwarded = this.#announcer.forwardedCount;
    this.#announcer.note({ type: "ready", guestAddress: this.#address.address, forwarded });
  }

  /** Whether a change must wait, because the last one failed or there were too many; it is tried again then. */
  #mustWait(): boolean {
    const startMs = this.#startMs;
    if (startMs <= this.#parts.clock.now()) return false;
    this.#retryMs = startMs;
    return true;
  }

  /** When the next change may start: at once, unless changes come too fast or the last one failed. */
  get #startMs(): number {
    return Math.max(this.#parts.clock.now(), this.#rate.untilMs, this.#backOff.untilMs);
  }

  #wakeUp(isDirty: boolean): void {
    this.#isDirty ||= isDirty;
    this.#delay.wake();
  }

  /** When to look again, unless something happens before. */
  get #nextMs(): number {
    const lookMs = this.#lookedMs + this.#intervalMs;
    // Where something has to wait, nothing else can be done before; but new listeners shorten the wait.
    if (this.#retryMs !== null) return Math.min(lookMs, this.#retryMs);
    return Math.min(
      lookMs,
      this.#rescan.nextMs ?? Infinity,
      this.#lingerEndMs ?? Infinity,
      this.#verification.dueMs,
    );
  }
}
