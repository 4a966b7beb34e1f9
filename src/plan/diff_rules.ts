import { type Claim, claimedEntries, type HeldClaim } from "./claim.ts";
import type { Held, Operation } from "./operation.ts";
import { type Entry, entryKey, entryOf, formatEntry, isDirect, sameEntry } from "./rule.ts";

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
 * `desired` holds at most one claim for each key; the order of neither input matters.
 */
export function diffRules(desired: readonly Claim[], held: Held): Operation[] {
  const entries = new Map(held.entries.map((entry) => [entryKey(entry), entry]));
  const claimed = claimedEntries(held.claims);
  const isOurs = (entry: Entry) => claimed.has(formatEntry(entry));
  // A held claim counts as the wanted one only where its tag says the same: somebody may have edited the description.
  const heldIds = new Set(held.claims.map(claimId));
  const wanted = new Map<string, Claim>();
  const wantedNames = new Set<string>();
  const plan: Operation[] = [];
  for (const claim of desired) {
    const entry = entries.get(entryKey(claim.rule));
    if (entry !== undefined && !isOurs(entry)) continue;
    wanted.set(entryKey(claim.rule), claim);
    wantedNames.add(claim.name);
    if (!heldIds.has(claimId(claim))) plan.push({ kind: "add-claim", claim });
    const wantedEntry = isDirect(claim.rule) ? null : entryOf(claim.rule);
    if (entry !== undefined && wantedEntry !== null && sameEntry(entry, wantedEntry)) continue;
    // `add` on an existing key overwrites it on some Windows and may fail on others: make room first.
    if (entry !== undefined) plan.push({ kind: "delete-entry", entry });
    if (wantedEntry !== null) plan.push({ kind: "add-entry", entry: wantedEntry });
  }
  for (const entry of held.entries) {
    if (!wanted.has(entryKey(entry)) && isOurs(entry)) plan.push({ kind: "delete-entry", entry });
  }
  const deleted = new Set<string>();
  for (const claim of held.claims) {
    if (wantedNames.has(claim.name) || deleted.has(claim.name)) continue;
    deleted.add(claim.name);
    plan.push({ kind: "delete-claim", claim });
  }
  return sortPlan(plan);
}

function claimId(claim: HeldClaim): string {
  return `${claim.name} ${formatEntry(claim.rule)}`;
}

const PHASES: readonly Operation["kind"][] = ["add-claim", "delete-entry", "add-entry", "delete-claim"];

/** Claims first, their removal last; within a phase by port, then by name. */
function sortPlan(plan: Operation[]): Operation[] {
  const portOf = (operation: Operation) =>
    "claim" in operation ? operation.claim.rule.listenPort : Number(operation.entry.listenPort);
  const nameOf = (operation: Operation) =>
    "claim" in operation ? operation.claim.name : entryKey(operation.entry);
  return plan.sort((a, b) =>
    PHASES.indexOf(a.kind) - PHASES.indexOf(b.kind) || portOf(a) - portOf(b) ||
    (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0)
  );
}
