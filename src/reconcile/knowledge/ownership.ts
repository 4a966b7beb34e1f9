import { claimedEntries } from "../../plan/claims/claim_index.ts";
import { EntryIndex, type FixedIndex, indexInSlices } from "../../plan/rules/entry_index.ts";
import type { Held } from "../../plan/changes/operation.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import { filterInSlices, type Sliced } from "../../plan/slices.ts";
import { openingKey } from "../../plan/claims/opening.ts";
import type { Known, Memory } from "./knowledge.ts";

/** The entries that a claim of ours names. */
export function ownEntries({ entries, claims }: Held): Entry[] {
  const claimed = claimedEntries(claims);
  return entries.filter((entry) => claimed.has(entry));
}

/** The entries that no claim of ours names. */
export function* foreignEntries({ entries, claims }: Held): Sliced<readonly Entry[]> {
  const claimed = claimedEntries(claims);
  return yield* filterInSlices(entries, (entry) => !claimed.has(entry));
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
export function* oursAmong(
  { ours, pending }: Memory,
  entries: readonly Entry[],
  isOurs: (entry: Entry) => boolean,
): Sliced<FixedIndex> {
  const present = yield* filterInSlices(entries, (entry) => ours.has(entry) || isOurs(entry));
  if (pending.size === 0) {
    // Most often that is all of them: whoever asks next wants the index of that list, too.
    return yield* indexInSlices(present.length === entries.length ? entries : present);
  }
  const expected = [...ours].filter((entry) => pending.has(openingKey(entry.listen)));
  return new EntryIndex([...present, ...expected]);
}
