import { PortTable } from "../../net/port_table.ts";
import { type Claim, entriesOf, openingOf } from "../claims/claim.ts";
import { claimedEntries, type ClaimIndex } from "../claims/claim_index.ts";
import { type Opening, openingKey } from "../claims/opening.ts";
import { type Entry, entryKey, sameEntry, sameKey } from "../rules/entry.ts";
import { type FixedIndex, indexEntries } from "../rules/entry_index.ts";
import { finish, inSlices, type Sliced } from "../slices.ts";
import { type Held, type Operation, subjectOf } from "./operation.ts";

/** How much one plan may change. */
export interface Limits {
  /** How many entries it may make and delete, see countEntries; a few more for the last port, which is never parted. */
  readonly maxEntries: number;
  /** Whether it may be about one. */
  readonly isFree: (opening: Opening) => boolean;
}

const NO_LIMITS: Limits = { maxEntries: Infinity, isFree: () => true };

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
 * order of neither input matters, but that of `desired` says what comes first where the limits do not let everything through.
 * A claim is left for later where somebody's entry stands on one of its keys.
 */
export function diffRules(desired: readonly Claim[], held: Held, limits: Limits = NO_LIMITS): Operation[] {
  return finish(diffInSlices(desired, held, limits));
}

/** The same in slices. */
export function* diffInSlices(desired: readonly Claim[], held: Held, limits: Limits): Sliced<Operation[]> {
  const entries = indexEntries(held.entries);
  const claimed = claimedEntries(held.claims);
  const wanted = new PortTable<Claim>();
  const chosen = new Chosen(limits);
  const plan: Operation[] = [];
  yield* inSlices(desired, (claim) => {
    if (chosen.isFull) return;
    const isForeign = claim.rules.some(({ listen }) =>
      entries.listeningAt(listen).some((entry) => !claimed.has(entry))
    );
    if (isForeign) return;
    wanted.set(openingOf(claim), claim);
    if (isMade(claim, entries, claimed)) return;
    const operations = makeClaim(claim, entries, claimed);
    const changed = operations.filter(({ kind }) => kind.endsWith("-entry")).length;
    if (operations.length > 0 && chosen.admits(openingOf(claim), changed)) plan.push(...operations);
  });
  yield* inSlices(held.entries, (entry) => {
    if (!claimed.has(entry) || isOnKeyOf(wanted, entry) || !chosen.admits(entry.listen, 1)) return;
    plan.push({ kind: "delete-entry", entry });
  });
  const deleted = new Set<string>();
  yield* inSlices(held.claims, (claim) => {
    const isWanted = wanted.get(openingOf(claim))?.name === claim.name;
    if (isWanted || deleted.has(claim.name) || !chosen.admits(openingOf(claim), 0)) return;
    deleted.add(claim.name);
    plan.push({ kind: "delete-claim", claim });
  });
  return yield* sortPlan(plan);
}

/** Whether one of the wanted entries is on the key of this one. */
function isOnKeyOf(wanted: PortTable<Claim>, entry: Entry): boolean {
  const { protocol, port } = entry.listen;
  if (typeof port === "string") return false;
  const rules = wanted.get({ protocol, port })?.rules ?? [];
  return rules.some(({ listen, target }) =>
    target.kind === "proxy" && sameKey({ listen, connect: target.to }, entry)
  );
}

/** Whether nothing is to be done for a claim: so it is with most of tens of thousands. */
function isMade(claim: Claim, entries: Pick<FixedIndex, "has">, claimed: Pick<ClaimIndex, "holds">): boolean {
  return claimed.holds(claim) &&
    claim.rules.every(({ listen, target }) =>
      target.kind === "direct" || entries.has({ listen, connect: target.to })
    );
}

/** What must be done for a claim and its entries to be there. */
function makeClaim(
  claim: Claim,
  entries: Pick<FixedIndex, "at">,
  claimed: Pick<ClaimIndex, "holds">,
): readonly Operation[] {
  const operations: Operation[] = [];
  // A held claim counts as the wanted one only where its tag says the same: somebody may have edited the description.
  if (!claimed.holds(claim)) operations.push({ kind: "add-claim", claim });
  for (const entry of entriesOf(claim)) {
    const found = entries.at(entry);
    if (found !== undefined && sameEntry(found, entry)) continue;
    // `add` on an existing key overwrites it on some Windows and may fail on others: make room first.
    if (found !== undefined) operations.push({ kind: "delete-entry", entry: found });
    operations.push({ kind: "add-entry", entry });
  }
  return operations;
}

/** The ports that a plan is about: a port's operations are never parted. */
class Chosen {
  readonly #ports = new Set<string>();
  readonly #limits: Limits;
  #entries = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Whether it is about no other port. */
  get isFull(): boolean {
    return this.#entries >= this.#limits.maxEntries;
  }

  /** Whether the plan may be about a port. Takes note of it, and of how many entries it makes and deletes there. */
  admits(opening: Opening, entries: number): boolean {
    const key = openingKey(opening), isNew = !this.#ports.has(key);
    if (isNew && (this.isFull || !this.#limits.isFree(opening))) return false;
    this.#ports.add(key);
    this.#entries += isNew ? Math.max(entries, 1) : entries;
    return true;
  }
}

const PHASES: readonly Operation["kind"][] = ["add-claim", "delete-entry", "add-entry", "delete-claim"];

/** Claims first, their removal last; within a phase by port, then by name. */
function* sortPlan(plan: readonly Operation[]): Sliced<Operation[]> {
  const portOf = (operation: Operation) => Number(subjectOf(operation).port);
  const nameOf = (operation: Operation) =>
    "claim" in operation ? operation.claim.name : entryKey(operation.entry);
  const sorted: Operation[] = [];
  for (const phase of PHASES) {
    const part = plan.filter(({ kind }) => kind === phase);
    part.sort((a, b) =>
      portOf(a) - portOf(b) || (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0)
    );
    for (const operation of part) sorted.push(operation);
    yield;
  }
  return sorted;
}
