import type { HeldClaim } from "../../plan/claims/claim.ts";
import { EntryIndex, indexEntries } from "../../plan/rules/entry_index.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { type Entry, sameEntry } from "../../plan/rules/entry.ts";

/** What was seen after a change. */
export interface Seen {
  /** Every entry. */
  readonly entries: readonly Entry[];
  /** Our claims; left out where they were not read. */
  readonly claims?: readonly HeldClaim[];
}

/**
 * Whether all of these operations, made in this order, shows in what was seen. Windows makes them line by line: once the
 * last one on a key shows, it has done with that key, however long the rest of its script still runs.
 */
export function isApplied(operations: readonly Operation[], seen: Seen): boolean {
  const found = indexEntries(seen.entries), settled = new EntryIndex(), claims = new Map<string, boolean>();
  // From the end: only the last one on a key counts.
  for (const operation of operations.toReversed()) {
    const isWanted = operation.kind.startsWith("add");
    if ("entry" in operation) {
      const { entry } = operation, there = found.at(entry);
      if (settled.at(entry) !== undefined) continue;
      settled.add(entry);
      const isThere = there !== undefined && sameEntry(there, entry);
      if (isWanted ? !isThere : there !== undefined) return false;
    } else if (!claims.has(operation.claim.name)) claims.set(operation.claim.name, isWanted);
  }
  return seen.claims === undefined || hasClaims(claims, seen.claims);
}

function hasClaims(wishes: ReadonlyMap<string, boolean>, seen: readonly HeldClaim[]): boolean {
  const names = new Set(seen.map(({ name }) => name));
  return [...wishes].every(([name, isWanted]) => names.has(name) === isWanted);
}
