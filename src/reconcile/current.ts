import { type Host, HostError, type HostSnapshot, type SnapshotPart } from "../contracts/host.ts";
import { claimedEntries } from "../plan/claims/claim_index.ts";
import { indexEntries } from "../plan/rules/entry_index.ts";
import { countEntries } from "../plan/changes/limit_plan.ts";
import type { Operation } from "../plan/changes/operation.ts";
import type { Sliced } from "../plan/slices.ts";
import type { Clock } from "../time/clock.ts";
import { delay } from "../time/delay.ts";
import { RateLimit } from "../time/rate_limit.ts";
import { applyPlan, type ApplyStep } from "./apply_plan.ts";
import { BackgroundReads, type HostNews } from "./background_reads.ts";
import { BatchSize } from "./batch_size.ts";
import { afterApply, afterFailure } from "./knowledge/after_apply.ts";
import { afterCheck } from "./knowledge/after_check.ts";
import { afterSnapshot } from "./knowledge/after_snapshot.ts";
import { doubt, hurry } from "./knowledge/doubt.ts";
import { Glances } from "./knowledge/glance_difference.ts";
import { type Knowledge, type Known, NOTHING_KNOWN } from "./knowledge/knowledge.ts";
import { isApplied } from "./knowledge/is_applied.ts";
import { findRefused, noteMade, noteRefused, withoutEntries } from "./knowledge/refused.ts";
import { takeTurns } from "../time/take_turns.ts";
import { afterRestore, findRestored, owe, type Restored } from "./knowledge/restore.ts";

/** No more than so many changes within so many milliseconds, when listeners flap. */
const MAX_STARTS = 5, START_WINDOW_MS = 1000;

/** With more entries than this, a pass is made in slices. */
const MANY_ENTRIES = 2000;

/** What the reconciler hears of. */
export type HostFact =
  /** A plan was made, all of it. */
  | { readonly kind: "applied" }
  /** Something works, or works again. */
  | { readonly kind: "working"; readonly operation: string }
  /** Something in the background failed. */
  | { readonly kind: "failed"; readonly operation: string; readonly message: string }
  /** An entry of somebody else, which was run over, is back or lost. */
  | { readonly kind: "restored"; readonly restored: Restored }
  /** What is known may be otherwise than before: look again. */
  | { readonly kind: "news" };

/**
 * What is known of Windows now. The one place where knowledge changes: whatever is read and made tells what happened, here
 * it becomes the next value.
 */
export class Current {
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #onFact: (fact: HostFact) => void;
  readonly #reads: BackgroundReads;
  readonly #batch = new BatchSize();
  readonly #glances = new Glances();
  readonly #rate = new RateLimit(MAX_STARTS, START_WINDOW_MS);
  #knowledge: Knowledge = NOTHING_KNOWN;

  /** Reads nothing yet. `onFact` must not throw. */
  constructor(host: Host, clock: Clock, onFact: (fact: HostFact) => void) {
    this.#host = host;
    this.#clock = clock;
    this.#onFact = onFact;
    this.#reads = new BackgroundReads(host, clock, (news) => this.#onNews(news));
  }

  /** What is known. */
  get knowledge(): Knowledge {
    return this.#knowledge;
  }

  /** How many entries the next change may make and delete. */
  get maxEntries(): number {
    return this.#batch.entries;
  }

  /** When the next change may start, so that there are not too many; -Infinity for at once. */
  get startMs(): number {
    return this.#rate.untilMs;
  }

  /** When everything was last read and believed, in milliseconds since 1970; null for never. */
  get readAtMs(): number | null {
    return this.#reads.readAtMs;
  }

  /** When it is time to call {@link verifyIfDue}; Infinity while a verification is under way. */
  get dueMs(): number {
    return this.#isGlanceWorth ? Math.min(this.#reads.dueMs, this.#reads.glanceDueMs) : this.#reads.dueMs;
  }

  /** Where nothing is ours, there is nothing to lose; and to go through tens of thousands takes more than a glance may. */
  get #isGlanceWorth(): boolean {
    if (!this.#knowledge.isKnown) return false;
    const { claims, entries } = this.#knowledge.snapshot;
    return claims.length > 0 && entries.length <= MANY_ENTRIES;
  }

  /** From now on there is little time: what is pending is believed dead sooner. */
  hurry(): void {
    this.#knowledge = hurry(this.#knowledge);
  }

  /** What is known; where it is unknown, reads first, see {@link read}. Throws SnapshotError. */
  async know(signal?: AbortSignal, part: SnapshotPart = "all"): Promise<Known> {
    const knowledge = this.#knowledge;
    const known = knowledge.isKnown ? knowledge : await this.read(signal, part);
    const restored = findRestored(known);
    for (const each of restored) this.#onFact({ kind: "restored", restored: each });
    const left = afterRestore(known, restored);
    this.#knowledge = left;
    return left;
  }

  /** Reads everything, or `held`: what removing takes alone. Throws SnapshotError. */
  async read(signal?: AbortSignal, part: SnapshotPart = "all"): Promise<Known> {
    const snapshot = await this.#host.snapshot(signal, part);
    const known = await this.#become((knowledge) => afterSnapshot(knowledge, snapshot, this.#clock.now()));
    this.#reads.noteRead(known.pending.size > 0);
    this.#onFact({ kind: "working", operation: "windows" });
    return known;
  }

  /** Reads everything again in the background, where that is due. */
  verifyIfDue(signal?: AbortSignal): void {
    this.#reads.startIfDue(signal, this.#isGlanceWorth);
  }

  /** What was read may be otherwise by now: the next {@link verifyIfDue} reads it again. */
  verifySoon(): void {
    this.#reads.makeDue();
  }

  /** Reads in the background what no change shows. */
  check(signal?: AbortSignal): void {
    this.#reads.startCheck(signal);
  }

  /** Resolves when nothing in the background is under way. */
  async finish(): Promise<void> {
    await this.#reads.finish();
  }

  /**
   * Makes the changes of a plan that was made from what is known now, and at once puts back what of others' they ran over.
   * Throws HostError where not all of them were made, but for what Windows refused of ports that are open all the same. What is
   * held is unknown then, and also where somebody else has changed entries of ours: their claims may be gone too.
   */
  async apply(plan: readonly Operation[], { snapshot }: Known, signal?: AbortSignal): Promise<void> {
    const applier = {
      apply: (plan: readonly Operation[]) => this.#host.apply(plan, signal),
      onStep: (step: ApplyStep) => this.#onStep(step),
    };
    const { before, after, isDone, failure } = await applyPlan(applier, plan, snapshot.entries);
    const { changer, incomplete } = this.#host.words;
    if (!isDone || !this.#knowledge.isKnown) {
      const refused = findRefused(plan, after);
      this.#knowledge = noteRefused(doubt(this.#knowledge), refused, after, this.#clock.now());
      // The port is open without it: no reason to begin again with all the rest.
      if (refused.length > 0 && isApplied(withoutEntries(plan, refused), { entries: after })) return;
      throw new HostError(changer, failure === null ? incomplete : `${incomplete} (${failure})`, true, false);
    }
    this.#knowledge = noteMade(this.#knowledge, plan);
    this.#onFact({ kind: "applied" });
    const found = indexEntries(before), claimed = claimedEntries(snapshot.claims);
    const isOursMissing = snapshot.entries.some((entry) => !found.has(entry) && claimed.has(entry));
    if (isOursMissing) this.#knowledge = doubt(this.#knowledge);
  }

  /** Where much is held, lets everything else have its turn: each step takes its time then. */
  async breathe(): Promise<void> {
    const knowledge = this.#knowledge;
    const isMuch = knowledge.isKnown && knowledge.snapshot.entries.length > MANY_ENTRIES;
    if (isMuch) await delay(0, { clock: this.#clock });
  }

  async #onStep(step: ApplyStep): Promise<void> {
    switch (step.kind) {
      case "started":
        this.#rate.noteStart(this.#clock.now());
        return this.#reads.noteTurn();
      case "reported":
        if (step.report.succeeded) this.#batch.noteDone(countEntries(step.plan), step.report.durationMs);
        else this.#batch.noteFailure();
        await this.#become((knowledge) => afterApply(knowledge, step.plan, step.report));
        this.#reads.noteTurn();
        return await this.breathe();
      case "failed":
        this.#batch.noteFailure();
        if (step.error instanceof HostError) {
          this.#knowledge = afterFailure(this.#knowledge, step.plan, step.error.mayStillHappen);
        }
        return this.#reads.noteTurn();
      case "overrun":
        this.#knowledge = owe(this.#knowledge, step.entries);
        return;
      case "restored":
        this.#knowledge = afterRestore(this.#knowledge, [step.restored]);
        return this.#onFact(step);
      case "doubted":
        this.#knowledge = doubt(this.#knowledge);
    }
  }

  async #onNews(news: HostNews): Promise<void> {
    switch (news.kind) {
      case "over":
        return this.#onFact({ kind: "news" });
      case "failed":
        return this.#onFact({ kind: "failed", operation: "verification", message: news.message });
      case "snapshot":
        this.#onFact({ kind: "working", operation: "verification" });
        if (news.isOvertaken || !await this.#believe(news.snapshot)) return this.#reads.readSoon();
        return this.#reads.noteRead(this.#knowledge.pending.size > 0);
      case "glance":
        if (!this.#glances.findNews(this.#knowledge, news.glance)) return;
        this.#reads.makeDue();
        return this.#onFact({ kind: "news" });
      case "check":
        this.#knowledge = afterCheck(this.#knowledge, news.check, news.isOvertaken);
        if (!news.isOvertaken) this.#onFact({ kind: "working", operation: "verification" });
    }
  }

  /** Makes the next value of what is known, from the last one when that is done: a read in the background may end meanwhile. */
  async #become<Next extends Knowledge>(work: (knowledge: Knowledge) => Sliced<Next>): Promise<Next> {
    for (;;) {
      const last = this.#knowledge, next = await takeTurns(work(last), this.#clock);
      if (this.#knowledge !== last) continue;
      this.#knowledge = next;
      return next;
    }
  }

  /** Takes what was read in the background for what is there; false where something has overtaken it. */
  async #believe(snapshot: HostSnapshot): Promise<boolean> {
    const last = this.#knowledge;
    if (!last.isKnown) return false;
    const next = await takeTurns(afterSnapshot(last, snapshot, this.#clock.now()), this.#clock);
    if (this.#knowledge !== last || this.#reads.isChanging) return false;
    this.#knowledge = next;
    return true;
  }
}
