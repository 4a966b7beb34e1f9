import { claimedEntries } from "../plan/claim.ts";
import { type Entry, entryKey, sameEntry } from "../plan/entry.ts";
import { EntryIndex } from "../plan/entry_index.ts";
import { openingKey } from "../plan/opening.ts";
import { countKeys, limitPlan } from "../plan/limit_plan.ts";
import { type Operation, operationKey } from "../plan/operation.ts";
import { repairRace } from "../plan/repair_race.ts";
import type { Announcer } from "./announcer.ts";
import { BatchSize } from "./batch_size.ts";
import { type Believed, ownEntries } from "./believed.ts";
import type { BackOff } from "../time/back_off.ts";
import type { Clock } from "../time/clock.ts";
import type { RateLimit } from "../time/rate_limit.ts";
import { type ApplyReport, type Host, HostError } from "../contracts/host.ts";
import type { Verification } from "./verification.ts";

/** How often what was put back is put back again, should somebody be quicker each time. */
const MAX_REPAIRS = 3;

/** Makes changes on Windows, and keeps what is believed in step with what came of them. */
export class Changer {
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #believed: Believed;
  readonly #announcer: Announcer;
  readonly #rate: RateLimit;
  readonly #backOff: BackOff;
  readonly #verification: Verification;
  readonly #batch = new BatchSize();
  #areClaimsDoubtful = false;
  /** Entries of others that we ran over and could not put back yet, by their key. */
  readonly #owed = new Map<string, Entry>();

  /** All of them are the reconciler's own. */
  constructor(
    host: Host,
    clock: Clock,
    believed: Believed,
    announcer: Announcer,
    rate: RateLimit,
    backOff: BackOff,
    verification: Verification,
  ) {
    this.#host = host;
    this.#clock = clock;
    this.#believed = believed;
    this.#announcer = announcer;
    this.#rate = rate;
    this.#backOff = backOff;
    this.#verification = verification;
  }

  /**
   * Whether Windows may refuse claims: making one failed last. netsh goes on after a line that failed, so then no entry
   * may be made in the same script as its claim.
   */
  get areClaimsDoubtful(): boolean {
    return this.#areClaimsDoubtful;
  }

  /**
   * The part of a plan that may be done now, whole ports: what is pending is left alone, and what is too much for one netsh
   * waits for the next pass.
   */
  limit(plan: readonly Operation[]): Operation[] {
    const pending = this.#believed.pendingKeys;
    const free = pending.size === 0 ? plan : plan.filter((each) => !pending.has(operationKey(each)));
    return limitPlan(free, this.#batch.keys);
  }

  /**
   * What must be put right before anything else: entries of ours without a claim go, entries of others that we owe them
   * come back. Made from what is believed now.
   */
  planMending(): Operation[] {
    const { held, unclaimedEntries } = this.#believed;
    const plan = unclaimedEntries.map((entry): Operation => ({ kind: "delete-entry", entry }));
    if (this.#owed.size === 0) return plan;
    const entries = new EntryIndex(held.entries);
    const ours = claimedEntries(held.claims), unclaimed = new Set(unclaimedEntries);
    const pending = this.#believed.pendingKeys;
    for (const owed of this.#owed.values()) {
      const entry = entries.at(owed);
      const isBack = entry !== undefined && sameEntry(entry, owed);
      // Also while the netsh that puts it back may still be at work: with that it ends.
      if (isBack) this.#settle(owed, true);
      if (isBack || pending.has(openingKey(owed.listen))) continue;
      const isOurs = entry !== undefined && ours.has(entry);
      if (isOurs) plan.push({ kind: "delete-entry", entry });
      if (entry === undefined || isOurs || unclaimed.has(entry)) {
        plan.push({ kind: "add-entry", entry: owed });
      } else this.#settle(owed, false); // It is another: somebody was there since.
    }
    return plan;
  }

  /**
   * Makes the changes of a plan that was made from what is believed now, and at once puts back what of others' they ran
   * over. Throws HostError where not all of them were made. What is held is unknown then, and also where somebody else
   * has changed entries of ours: their claims may be gone too.
   */
  async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<void> {
    const believed = this.#believed.held;
    const { before, isDone } = await this.#change(plan, believed.entries, MAX_REPAIRS, signal);
    if (!isDone || this.#believed.snapshot === null) {
      this.#believed.forget([], false);
      throw new HostError("netsh", "Windows did not make every change: reading what it holds", true, false);
    }
    this.#backOff.noteSuccess();
    this.#announcer.noteWorking("netsh");
    const found = new EntryIndex(before);
    if (ownEntries(believed).some((entry) => !found.has(entry))) this.#believed.forget([], false);
  }

  /** `believed`: the entries that the plan was made from. `rounds`: how often it may yet be put right. */
  async #change(
    plan: readonly Operation[],
    believed: readonly Entry[],
    rounds: number,
    signal?: AbortSignal,
  ): Promise<Seen> {
    const { before, after, succeeded } = await this.#applyOnce(plan, signal);
    const repairs = rounds === 0 ? [] : repairRace(plan, believed, before, after);
    // All of them before the first is tried: where that fails, none is forgotten.
    for (const { foreign } of repairs) {
      if (!after.some((entry) => sameEntry(entry, foreign))) this.#owed.set(entryKey(foreign), foreign);
    }
    for (const { foreign, operations } of repairs) {
      await this.#repair(foreign, operations, after, rounds - 1, signal);
    }
    return { before, after, isDone: succeeded && (repairs.length > 0 || isReflected(plan, after)) };
  }

  async #repair(
    foreign: Entry,
    operations: readonly Operation[],
    believed: readonly Entry[],
    rounds: number,
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      if (operations.length === 0) return this.#settle(foreign, true);
      const { after, isDone } = await this.#change(operations, believed, rounds, signal);
      if (after.some((entry) => sameEntry(entry, foreign))) this.#settle(foreign, true);
      if (!isDone) this.#believed.forget([], false);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // netsh stores words that it would not take from us.
      this.#settle(foreign, false);
      this.#believed.forget([], false);
    }
  }

  #settle(foreign: Entry, isBack: boolean): void {
    this.#owed.delete(entryKey(foreign));
    this.#announcer.note({ type: "restored", entry: foreign, isBack });
  }

  async #applyOnce(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    this.#rate.noteStart(this.#clock.now());
    this.#verification.noteChange();
    const makesClaims = plan.some(({ kind }) => kind === "add-claim");
    try {
      const report = await this.#host.apply(plan, signal);
      if (report.succeeded) this.#batch.noteDone(countKeys(plan), report.durationMs);
      else this.#batch.noteFailure();
      this.#believed.noteApplied(plan, report);
      if (makesClaims) this.#areClaimsDoubtful = !report.succeeded;
      return report;
    } catch (error) {
      this.#batch.noteFailure();
      if (makesClaims) this.#areClaimsDoubtful = true;
      if (error instanceof HostError) this.#believed.forget(plan, error.mayStillHappen);
      throw error;
    } finally {
      this.#verification.noteChange();
    }
  }
}

/** Whether the table shows what the plan wanted of it. */
function isReflected(plan: readonly Operation[], after: readonly Entry[]): boolean {
  const table = new EntryIndex(after);
  const added = new EntryIndex(plan.flatMap((each) => each.kind === "add-entry" ? [each.entry] : []));
  return plan.every((operation) => {
    if (!("entry" in operation)) return true;
    const wanted = added.at(operation.entry), found = table.at(operation.entry);
    return wanted === undefined ? found === undefined : found !== undefined && sameEntry(found, wanted);
  });
}

/** The table around a change, and whether all of it was made. */
interface Seen {
  readonly before: readonly Entry[];
  readonly after: readonly Entry[];
  readonly isDone: boolean;
}
