import { claimedEntries } from "../../plan/claims/claim_index.ts";
import { EntryIndex, type FixedIndex, indexEntries } from "../../plan/rules/entry_index.ts";
import type { Held } from "../../plan/changes/operation.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import { openingKey } from "../../plan/claims/opening.ts";
import type { Known, Memory } from "./knowledge.ts";

/** The entries that a claim of ours names. */
export function ownEntries({ entries, claims }: Held): Entry[] {
  const claimed = claimedEntries(claims);
  return entries.filter((entry) => claimed.has(entry));
}

/** The entries that no claim of ours names. */
export function foreignEntries({ entries, claims }: Held): Entry[] {
  const claimed = claimedEntries(claims);
  return entries.filter((entry) => !claimed.has(entry));
}

/**
 * Entries that we know to be ours, as we left them, that have no claim: Windows goes on after an operation that failed, and
 * somebody may have reset the firewall. No later run would know them for ours. Pending ones are left alone.
 */
export function unclaimedEntries({ snapshot, ours, unfinished, pending }: Known): Entry[] {
  return snapshot.foreign.filter((entry) =>
    (ours.has(entry) || unfinished.entries.has(entry)) && !pending.has(openingKey(entry.listen))
  );
}

/**
 * What of these is ours by `isOurs` or was so before, and what a change that was cut off may still make: that is ours, too,
 * when it comes.
 */
export function oursAmong(
  { ours, pending }: Memory,
  entries: readonly Entry[],
  isOurs: (entry: Entry) => boolean,
): FixedIndex {
  const present = entries.filter((entry) => ours.has(entry) || isOurs(entry));
  // Most often there is nothing else: the index of all is there already.
  if (pending.size === 0) {
    return present.length === entries.length ? indexEntries(entries) : new EntryIndex(present);
  }
  const expected = [...ours].filter((entry) => pending.has(openingKey(entry.listen)));
  return new EntryIndex([...present, ...expected]);
}
