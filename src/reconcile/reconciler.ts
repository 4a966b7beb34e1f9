import { HostError } from "../contracts/host.ts";
import { SnapshotError } from "../contracts/snapshot_error.ts";
import type { Wake } from "../contracts/wake.ts";
import { type Listener, sameListeners } from "../net/listener.ts";
import type { Held } from "../plan/changes/operation.ts";
import { needsProgramNames } from "../plan/desired/policy.ts";
import { Current, type HostFact } from "./current.ts";
import type { Known } from "./knowledge/knowledge.ts";
import { type MadePlan, planMending } from "./planning/make_plan.ts";
import { Planner } from "./planning/planner.ts";
import { hintNames, lackNames, tellOfHeldBack } from "./guest/programs.ts";
import type { ReconcilerParts } from "./reconciler_parts.ts";
import { mend, removeOurs } from "./remove_ours.ts";
import { ChangeReporter } from "./report/change_reporter.ts";
import { describeAddress } from "./report/describe_address.ts";
import { Schedule } from "./schedule.ts";
import { TrackedAddress } from "./guest/tracked_address.ts";

/**
 * What came of a look: `idle`: there is nothing to do; `changed`: something was, or is otherwise than believed, so that it is
 * time to look again; `held back`: there is something to do that must wait.
 */
type LookEnd = "idle" | "changed" | "held back";

/**
 * Keeps the rules on Windows equal to what listens: one worker, the latest state wins. A wake only says that it is time
 * to look; what is seen is the truth. While one change runs, others gather for the next look.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #current: Current;
  readonly #reporter: ChangeReporter;
  readonly #address: TrackedAddress;
  readonly #planner: Planner;
  readonly #schedule: Schedule;
  #lastSeen: readonly Listener[] = [];
  /** Whether there may be something to change although the same sockets listen. */
  #isDirty = true;
  /** What Windows held before what was not told of yet: a change that failed may have made a part of it. */
  #before: Held | null = null;

  /** Does nothing until {@link run} or {@link runOnce}. */
  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    const { host, clock, emit, programs, address, intervalMs } = parts;
    this.#schedule = new Schedule(clock, intervalMs);
    this.#reporter = new ChangeReporter(emit, programs, host, clock);
    this.#address = new TrackedAddress(address);
    this.#planner = new Planner(parts);
    this.#current = new Current(host, clock, (fact) => this.#onFact(fact));
  }

  /** When what Windows holds was last read, in milliseconds since 1970; null for never. */
  get verifiedAtMs(): number | null {
    return this.#current.readAtMs;
  }

  /** Something happened: look at once. */
  wake(wake: Wake): void {
    const { programs, policy } = this.#parts;
    if (wake.reason === "address") this.#address.noteChange();
    this.#schedule.noteWake(wake);
    // A name can decide about a socket that was seen before the event came.
    const hasNames = hintNames(wake.events, programs);
    const decides = hasNames && (needsProgramNames(policy) || tellOfHeldBack(wake.events));
    this.#wakeUp(wake.reason === "policy" || decides);
  }

  /** What Windows holds, or can carry, may be otherwise than was read: has it read again soon. */
  noteHostChange(): void {
    this.#current.verifySoon();
    this.#wakeUp(false);
  }

  /** How long at most until the next look, from now on, in milliseconds. */
  setInterval(intervalMs: number): void {
    this.#schedule.setInterval(intervalMs);
  }

  /**
   * Looks again and again until `stop`, then lets the change under way end, or `abort` end it. Rejects only where this
   * program is wrong.
   */
  async run(stop: AbortSignal, abort: AbortSignal): Promise<void> {
    const onStop = () => this.#schedule.wake();
    stop.addEventListener("abort", onStop);
    try {
      while (!stop.aborted) {
        this.#schedule.beginRound();
        await this.#pass(stop, abort);
        if (!stop.aborted) await this.#schedule.rest(this.#dueMs);
      }
    } finally {
      stop.removeEventListener("abort", onStop);
      await this.#current.finish();
    }
  }

  /** One look and what follows from it. Throws SnapshotError or HostError; some rules may have been made then. */
  async runOnce(): Promise<void> {
    try {
      do {
        this.#schedule.beginRound();
        const end = await this.#lookUntil(() => false);
        if (end === "held back") await this.#schedule.rest(this.#dueMs);
        else await this.#current.finish();
      } while (this.#isDirty);
    } catch (error) {
      // An entry whose claim was refused must not stay: no later run would know it for ours.
      if (error instanceof HostError) await mend(this.#current);
      throw error;
    } finally {
      await this.#reporter.flush();
    }
  }

  /**
   * Removes everything that is ours, whether this run made it or another, and returns how many ports that were. `signal`:
   * there is little time. Throws SnapshotError or HostError where something of it may be left.
   */
  async removeAll(signal?: AbortSignal): Promise<number> {
    const removed = await removeOurs(this.#current, this.#parts, signal);
    this.#reporter.tellEnd();
    await this.#reporter.flush();
    return removed;
  }

  async #pass(stop: AbortSignal, abort: AbortSignal): Promise<void> {
    try {
      if (this.#schedule.isBackingOff && !this.#findsNews()) return;
      // Each look takes in what happened during the last change.
      const end = await this.#lookUntil(() => stop.aborted, abort);
      this.#current.verifyIfDue(abort);
      if (end === "held back") return;
      this.#schedule.noteSuccess();
      const isAllDone = !this.#isDirty && this.#current.knowledge.pending.size === 0;
      if (isAllDone) this.#reporter.tellWorking(this.#parts.host.words.changer);
    } catch (error) {
      if (abort.aborted) return;
      if (!(error instanceof SnapshotError || error instanceof HostError)) throw error;
      this.#reporter.tellError(error instanceof HostError ? error.operation : error.source, error.message);
      this.#schedule.noteFailure(this.#current.startMs);
    }
  }

  async #lookUntil(isOver: () => boolean, signal?: AbortSignal): Promise<LookEnd> {
    let end: LookEnd = "changed";
    while (end === "changed" && !isOver()) {
      end = await this.#look(signal);
      await this.#current.breathe();
    }
    return end;
  }

  /** Looks, and makes the changes that may be made now. */
  async #look(signal?: AbortSignal): Promise<LookEnd> {
    const { programs, policy } = this.#parts;
    this.#isDirty ||= !this.#current.knowledge.isKnown;
    const held = await this.#current.know(signal), mending = planMending(held, this.#current.maxEntries);
    if (mending.length > 0) {
      if (this.#schedule.mustWait(this.#current.startMs)) return "held back";
      await this.#current.apply(mending, held, signal);
      return "changed";
    }
    await this.#readAddress();
    await this.#parts.listeners.prepare?.();
    const seen = this.#scan();
    const isLingerOver = this.#planner.lingerEndMs <= this.#schedule.lookedMs;
    const isSame = !this.#isDirty && !isLingerOver && sameListeners(seen, this.#lastSeen);
    if (isSame && !this.#planner.haveAdmissionsChanged()) return "idle";
    if (needsProgramNames(policy) || lackNames(seen, programs)) await programs.resolve(seen);
    const known = this.#current.knowledge;
    // A check in the background may have shown meanwhile that what was believed is wrong.
    if (!known.isKnown) return "changed";
    const made = await this.#plan(seen, known), { plan } = made;
    if (this.#current.knowledge !== known) {
      this.#isDirty = true;
      return "changed";
    }
    this.#before ??= known.snapshot;
    if (plan.length > 0) {
      if (this.#schedule.mustWait(this.#current.startMs)) return "held back";
      await this.#current.apply(plan, known, signal);
      await this.#current.breathe();
    }
    const after = this.#current.knowledge;
    if (!after.isKnown) return "changed";
    const pass = { made, guestAddress: this.#address.address, before: this.#before, after: after.snapshot };
    this.#before = null;
    await this.#reporter.tellPass(pass, seen);
    if (plan.some(({ kind }) => kind === "add-entry")) this.#current.check(signal);
    return plan.length > 0 ? "changed" : "idle";
  }

  async #plan(seen: readonly Listener[], known: Known): Promise<MadePlan> {
    this.#isDirty = false; // Before the plan: what happens while it is made may come too late for it.
    const look = { seen, guest: this.#address.guest, nowMs: this.#schedule.lookedMs };
    const made = await this.#planner.plan(look, known, this.#current.maxEntries);
    this.#lastSeen = seen;
    this.#isDirty ||= made.plan.length > 0;
    return made;
  }

  async #readAddress(): Promise<void> {
    const news = await this.#address.refresh();
    this.#reporter.tellWorking("address");
    this.#isDirty ||= news.kind !== "same";
    this.#reporter.tell(describeAddress(news));
  }

  #scan(): readonly Listener[] {
    const { listeners } = this.#parts, seen = this.#schedule.look(() => listeners.snapshot());
    this.#reporter.tellWorking(listeners.name);
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
        this.#schedule.noteNews();
        this.#isDirty = true;
      }
      this.#lastSeen = seen;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
    }
    return !this.#schedule.mustWait(this.#current.startMs);
  }

  #onFact(fact: HostFact): void {
    this.#reporter.tellFact(fact);
    if (fact.kind === "applied") this.#schedule.noteSuccess();
    if (fact.kind === "news") this.#wakeUp(true);
  }

  #wakeUp(isDirty: boolean): void {
    this.#isDirty ||= isDirty;
    this.#schedule.wake();
  }

  /** When to look again, besides what the schedule says. */
  get #dueMs(): number {
    return Math.min(this.#planner.lingerEndMs, this.#current.dueMs);
  }
}
