import type { Operation } from "../plan/operation.ts";
import { repairRace } from "../plan/repair_race.ts";
import { type Entry, entryKey, sameEntry } from "../plan/rule.ts";
import type { Announcer } from "./announcer.ts";
import type { Believed } from "./believed.ts";
import type { Clock } from "./clock.ts";
import type { Pace } from "./pace.ts";
import { type ApplyReport, type Host, HostError } from "./ports.ts";
import type { Verification } from "./verification.ts";

/** Makes changes on Windows, and keeps what is believed in step with what came of them. */
export class Changer {
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #believed: Believed;
  readonly #announcer: Announcer;
  readonly #pace: Pace;
  readonly #verification: Verification;
  #areClaimsDoubtful = false;

  /** All of them are the reconciler's own. */
  constructor(
    host: Host,
    clock: Clock,
    believed: Believed,
    announcer: Announcer,
    pace: Pace,
    verification: Verification,
  ) {
    this.#host = host;
    this.#clock = clock;
    this.#believed = believed;
    this.#announcer = announcer;
    this.#pace = pace;
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
   * Makes the changes of a plan that was made from what is believed now, and at once puts back what of others' they ran
   * over. Throws HostError where not all of them were made; what is held is unknown then.
   */
  async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<void> {
    const believedEntries = this.#believed.held.entries;
    const report = await this.#applyOnce(plan, signal);
    const repairs = repairRace(plan, believedEntries, report.before, report.after);
    for (const { foreign, operations } of repairs) {
      const isBack = await this.#repair(operations, signal);
      this.#announcer.note({ type: "restored", entry: foreign, isBack });
    }
    const isDone = report.succeeded && (repairs.length > 0 || isReflected(plan, report.after));
    if (!isDone || this.#believed.snapshot === null) {
      this.#believed.forget([], false);
      throw new HostError("netsh", "Windows did not make every change: reading what it holds", true, false);
    }
    this.#pace.noteSuccess();
    this.#announcer.noteWorking("netsh");
  }

  /** Returns whether it could be said to netsh: it stores words that it would not take from us. */
  async #repair(operations: readonly Operation[], signal?: AbortSignal): Promise<boolean> {
    if (operations.length === 0) return true;
    try {
      await this.#applyOnce(operations, signal);
      return true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#believed.forget([], false);
      return false;
    }
  }

  async #applyOnce(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    this.#pace.noteStart(this.#clock.now());
    this.#verification.noteChange();
    const makesClaims = plan.some(({ kind }) => kind === "add-claim");
    try {
      const report = await this.#host.apply(plan, signal);
      this.#believed.noteApplied(plan, report);
      if (makesClaims) this.#areClaimsDoubtful = !report.succeeded;
      return report;
    } catch (error) {
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
  const table = new Map(after.map((entry) => [entryKey(entry), entry]));
  const wanted = new Map<string, Entry | null>();
  for (const operation of plan) {
    if (operation.kind === "delete-entry") wanted.set(entryKey(operation.entry), null);
    if (operation.kind === "add-entry") wanted.set(entryKey(operation.entry), operation.entry);
  }
  return [...wanted].every(([key, entry]) => {
    const found = table.get(key);
    return entry === null ? found === undefined : found !== undefined && sameEntry(found, entry);
  });
}
