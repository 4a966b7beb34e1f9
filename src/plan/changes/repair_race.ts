import { entriesOf, type HeldClaim } from "../claims/claim.ts";
import { type Entry, sameEntry, sameKey } from "../rules/entry.ts";
import { EntryIndex, indexEntries } from "../rules/entry_index.ts";
import type { Operation } from "./operation.ts";

/** Somebody else's entry that a plan ran over, and what puts it back. */
export interface Repair {
  /** The entry, as it stood before the plan ran. */
  readonly foreign: Entry;
  /** What to do, in order. */
  readonly operations: readonly Operation[];
}

/**
 * Looks for entries of others that appeared on our keys between the last read and the run of `plan`, and so were
 * overwritten or deleted by it. `believed`: the entries that the plan was made from; `before` and `after`: what
 * the host showed around the changes.
 */
export function repairRace(
  plan: readonly Operation[],
  believed: readonly Entry[],
  before: readonly Entry[],
  after: readonly Entry[],
): Repair[] {
  const expected = indexEntries(believed), found = indexEntries(before), left = indexEntries(after);
  const repairs: Repair[] = [];
  for (const key of touchedKeys(plan)) {
    const foreign = found.at(key), planned = expected.at(key);
    if (foreign === undefined || (planned !== undefined && sameEntry(foreign, planned))) continue;
    const now = left.at(key);
    const operations: Operation[] = [];
    if (now === undefined || !sameEntry(now, foreign)) {
      if (now !== undefined) operations.push({ kind: "delete-entry", entry: now });
      operations.push({ kind: "add-entry", entry: foreign });
    }
    for (const claim of claimsMade(plan, key)) operations.push({ kind: "delete-claim", claim });
    repairs.push({ foreign, operations });
  }
  return repairs;
}

/** One entry for each key, in the order of the plan. */
function touchedKeys(plan: readonly Operation[]): Entry[] {
  const touched = new EntryIndex();
  return plan.flatMap((operation) => {
    if (!("entry" in operation) || touched.at(operation.entry) !== undefined) return [];
    touched.add(operation.entry);
    return [operation.entry];
  });
}

function claimsMade(plan: readonly Operation[], key: Entry): HeldClaim[] {
  return plan.flatMap((operation) =>
    operation.kind === "add-claim" && entriesOf(operation.claim).some((entry) => sameKey(entry, key))
      ? [operation.claim]
      : []
  );
}
