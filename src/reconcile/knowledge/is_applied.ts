import type { HeldClaim } from "../../plan/claims/claim.ts";
import { indexEntries } from "../../plan/rules/entry_index.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { type Entry, entryKey, sameEntry } from "../../plan/rules/entry.ts";

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
  const entries = new Map<string, { readonly entry: Entry; readonly isWanted: boolean }>();
  const claims = new Map<string, boolean>();
  for (const operation of operations) {
    const isWanted = operation.kind.startsWith("add");
    if ("entry" in operation) {
      entries.set(entryKey(operation.entry), { entry: operation.entry, isWanted });
    } else claims.set(operation.claim.name, isWanted);
  }
  return hasEntries([...entries.values()], seen.entries) &&
    (seen.claims === undefined || hasClaims(claims, seen.claims));
}

function hasEntries(
  wishes: readonly { readonly entry: Entry; readonly isWanted: boolean }[],
  seen: readonly Entry[],
): boolean {
  const found = indexEntries(seen);
  return wishes.every(({ entry, isWanted }) => {
    const there = found.at(entry);
    return isWanted ? there !== undefined && sameEntry(there, entry) : there === undefined;
  });
}

function hasClaims(wishes: ReadonlyMap<string, boolean>, seen: readonly HeldClaim[]): boolean {
  const names = new Set(seen.map(({ name }) => name));
  return [...wishes].every(([name, isWanted]) => names.has(name) === isWanted);
}
