import type { ApplyReport } from "../contracts/host.ts";
import type { Operation } from "../plan/changes/operation.ts";
import { repairRace } from "../plan/changes/repair_race.ts";
import { type Entry, sameEntry } from "../plan/rules/entry.ts";
import { isApplied } from "./knowledge/is_applied.ts";
import type { Restored } from "./knowledge/restore.ts";

/** How often what was put back is put back again, should somebody be quicker each time. */
const MAX_REPAIRS = 3;

/** What happens on the way, in order. It is told, and nothing else: whoever hears of it draws the conclusions. */
export type ApplyStep =
  /** A change begins. */
  | { readonly kind: "started" }
  /** It ended, and said what it saw. */
  | { readonly kind: "reported"; readonly plan: readonly Operation[]; readonly report: ApplyReport }
  /** It is not known what became of it, or it never began. */
  | { readonly kind: "failed"; readonly plan: readonly Operation[]; readonly error: unknown }
  /** Entries of others were run over; they are not back yet. */
  | { readonly kind: "overrun"; readonly entries: readonly Entry[] }
  /** One of these is back, or cannot be put back. */
  | { readonly kind: "restored"; readonly restored: Restored }
  /** Not all of a repair was made. */
  | { readonly kind: "doubted" };

/** What applying takes. */
export interface Applier {
  /** Makes one change. Throws HostError. */
  readonly apply: (plan: readonly Operation[]) => Promise<ApplyReport>;
  /** Is told what happens. */
  readonly onStep: (step: ApplyStep) => void | Promise<void>;
}

/** What came of a plan. */
export interface Applied {
  /** Every entry before it. */
  readonly before: readonly Entry[];
  /** Every entry after it, and before what it ran over was put back. */
  readonly after: readonly Entry[];
  /** Whether all of it was made. */
  readonly isDone: boolean;
  /** How a command failed, in one line; null where none did. Hostile text. */
  readonly failure: string | null;
}

/**
 * Makes the changes of a plan that was made from `entries`, and at once puts back what of others' they ran over. `rounds`:
 * how often that may be done. Throws HostError where it is not known what became of a change.
 */
export async function applyPlan(
  applier: Applier,
  plan: readonly Operation[],
  entries: readonly Entry[],
  rounds: number = MAX_REPAIRS,
): Promise<Applied> {
  const report = await applyOnce(applier, plan);
  const { before, after, succeeded } = report;
  const repairs = rounds === 0 ? [] : repairRace(plan, entries, before, after);
  const isThere = (foreign: Entry) => after.some((entry) => sameEntry(entry, foreign));
  // All of them before the first is tried: where that fails, none is forgotten.
  const overrun = repairs.map(({ foreign }) => foreign).filter((foreign) => !isThere(foreign));
  if (overrun.length > 0) applier.onStep({ kind: "overrun", entries: overrun });
  for (const { foreign, operations } of repairs) {
    await putBack(applier, foreign, operations, after, rounds - 1);
  }
  const failure = report.failure ?? null;
  return {
    before,
    after,
    failure,
    isDone: succeeded && (repairs.length > 0 || isApplied(plan, { entries: after })),
  };
}

async function applyOnce({ apply, onStep }: Applier, plan: readonly Operation[]): Promise<ApplyReport> {
  onStep({ kind: "started" });
  try {
    const report = await apply(plan);
    await onStep({ kind: "reported", plan, report });
    return report;
  } catch (error) {
    onStep({ kind: "failed", plan, error });
    throw error;
  }
}

async function putBack(
  applier: Applier,
  foreign: Entry,
  operations: readonly Operation[],
  entries: readonly Entry[],
  rounds: number,
): Promise<void> {
  const { onStep } = applier;
  const settle = (isBack: boolean) => onStep({ kind: "restored", restored: { entry: foreign, isBack } });
  if (operations.length === 0) return settle(true);
  try {
    const { after, isDone } = await applyPlan(applier, operations, entries, rounds);
    if (after.some((entry) => sameEntry(entry, foreign))) settle(true);
    if (!isDone) onStep({ kind: "doubted" });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Windows' tools store words that they would not take from us.
    settle(false);
    onStep({ kind: "doubted" });
  }
}
