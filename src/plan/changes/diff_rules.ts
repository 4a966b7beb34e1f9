import { type Claim, claimedEntries, entriesOf, type HeldClaim, sameRules } from "../claims/claim.ts";
import { entryKey, sameEntry } from "../rules/entry.ts";
import { EntryIndex, indexEntries } from "../rules/entry_index.ts";
import { type Held, type Operation, subjectOf } from "./operation.ts";

/**
 * The changes that turn what is held into what is desired, in an order that is safe to cut anywhere: claims are made
 * first and removed last, so that at every moment each entry of ours has a claim that names it.
 *
 * | entry on the key        | claim that names it  | desired    | operations                                          |
 * | ----------------------- | -------------------- | ---------- | --------------------------------------------------- |
 * | none                    | none                 | yes        | add-claim, add-entry                                |
 * | none                    | yes (half made)      | yes        | add-entry                                           |
 * | none                    | yes (half made)      | no         | delete-claim                                        |
 * | ours                    | yes                  | yes        | nothing                                             |
 * | ours                    | yes                  | elsewhere  | add-claim, delete-entry, add-entry, delete-claim    |
 * | ours                    | yes                  | other scope| add-claim, delete-claim                             |
 * | ours                    | yes                  | no         | delete-entry, delete-claim                          |
 * | foreign or edited       | of something else    | yes or no  | delete-claim: the entry is somebody else's now      |
 * | foreign                 | none                 | yes or no  | nothing                                             |
 * | none                    | none                 | direct     | add-claim                                           |
 * | none                    | of another mode      | direct     | add-claim, delete-claim                             |
 * | ours                    | yes                  | direct     | add-claim, delete-entry, delete-claim               |
 *
 * A claim on several rules does so for each of their keys. `desired` holds at most one claim for each port and protocol; the
 * order of neither input matters. A claim is left for later where somebody's entry stands on one of its keys.
 */
export function diffRules(desired: readonly Claim[], held: Held): Operation[] {
  const entries = indexEntries(held.entries);
  const claimed = claimedEntries(held.claims);
  const heldByName = new Map<string, HeldClaim>(), doubles: HeldClaim[] = [];
  for (const claim of held.claims) {
    if (heldByName.has(claim.name)) doubles.push(claim);
    else heldByName.set(claim.name, claim);
  }
  // A held claim counts as the wanted one only where its tag says the same: somebody may have edited the description.
  const isHeld = ({ name, rules }: HeldClaim) => {
    const first = heldByName.get(name);
    return first !== undefined &&
      (sameRules(first.rules, rules) ||
        doubles.some((claim) => claim.name === name && sameRules(claim.rules, rules)));
  };
  const wanted = new EntryIndex();
  const wantedNames = new Set<string>();
  const plan: Operation[] = [];
  for (const claim of desired) {
    const isForeign = claim.rules.some(({ listen }) =>
      entries.listeningAt(listen).some((entry) => !claimed.has(entry))
    );
    if (isForeign) continue;
    wantedNames.add(claim.name);
    if (!isHeld(claim)) plan.push({ kind: "add-claim", claim });
    for (const entry of entriesOf(claim)) {
      const found = entries.at(entry);
      wanted.add(entry);
      if (found !== undefined && sameEntry(found, entry)) continue;
      // `add` on an existing key overwrites it on some Windows and may fail on others: make room first.
      if (found !== undefined) plan.push({ kind: "delete-entry", entry: found });
      plan.push({ kind: "add-entry", entry });
    }
  }
  for (const entry of held.entries) {
    if (wanted.at(entry) === undefined && claimed.has(entry)) plan.push({ kind: "delete-entry", entry });
  }
  const deleted = new Set<string>();
  for (const claim of held.claims) {
    if (wantedNames.has(claim.name) || deleted.has(claim.name)) continue;
    deleted.add(claim.name);
    plan.push({ kind: "delete-claim", claim });
  }
  return sortPlan(plan);
}

const PHASES: readonly Operation["kind"][] = ["add-claim", "delete-entry", "add-entry", "delete-claim"];

/** Claims first, their removal last; within a phase by port, then by name. */
function sortPlan(plan: Operation[]): Operation[] {
  const portOf = (operation: Operation) => Number(subjectOf(operation).port);
  const nameOf = (operation: Operation) =>
    "claim" in operation ? operation.claim.name : entryKey(operation.entry);
  return plan.sort((a, b) =>
    PHASES.indexOf(a.kind) - PHASES.indexOf(b.kind) || portOf(a) - portOf(b) ||
    (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0)
  );
}
