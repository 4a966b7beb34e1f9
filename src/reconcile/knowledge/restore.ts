import { claimedEntries } from "../../plan/claims/claim_index.ts";
import { indexEntries } from "../../plan/rules/entry_index.ts";
import { type Entry, entryKey, sameEntry } from "../../plan/rules/entry.ts";
import { openingKey } from "../../plan/claims/opening.ts";
import type { Knowledge, Known } from "./knowledge.ts";
import { unclaimedEntries } from "./ownership.ts";

/** An entry of somebody else that we ran over. */
export interface Restored {
  /** The entry, as it stood. */
  readonly entry: Entry;
  /** Whether it is there again; where not, it never will be by us. */
  readonly isBack: boolean;
}

/** These entries of others were run over: they must come back. */
export function owe(knowledge: Knowledge, entries: readonly Entry[]): Knowledge {
  if (entries.length === 0) return knowledge;
  const toRestore = new Map(knowledge.toRestore);
  for (const entry of entries) toRestore.set(entryKey(entry), entry);
  return { ...knowledge, toRestore };
}

/** There is nothing more to do for these. */
export function afterRestore<Some extends Knowledge>(knowledge: Some, restored: readonly Restored[]): Some {
  if (restored.length === 0) return knowledge;
  const toRestore = new Map(knowledge.toRestore);
  for (const { entry } of restored) toRestore.delete(entryKey(entry));
  return { ...knowledge, toRestore };
}

/** What stands on the key of an entry to restore. */
export interface RestorePlace {
  /** The entry to restore. */
  readonly entry: Entry;
  /** What is there now; undefined where nothing is. */
  readonly found: Entry | undefined;
  /** `back`: it is there; `free`: it can be put back; `ours`: once ours is gone; `lost`: somebody else was quicker. */
  readonly state: "back" | "free" | "ours" | "lost";
}

/** Looks at the place of each entry to restore. What is back is so also while its port is pending: with that it ends. */
export function findPlaces(known: Known): RestorePlace[] {
  if (known.toRestore.size === 0) return [];
  const { snapshot, toRestore } = known;
  const entries = indexEntries(snapshot.entries);
  const claimed = claimedEntries(snapshot.claims), unclaimed = new Set(unclaimedEntries(known));
  return [...toRestore.values()].map((entry) => {
    const found = entries.at(entry);
    if (found === undefined) return { entry, found, state: "free" };
    if (sameEntry(found, entry)) return { entry, found, state: "back" };
    // One of ours without a claim goes anyway.
    if (unclaimed.has(found)) return { entry, found, state: "free" };
    return { entry, found, state: claimed.has(found) ? "ours" : "lost" };
  });
}

/** Which of those to restore are back, or lost. On pending ports nothing is lost yet. */
export function findRestored(known: Known): Restored[] {
  return findPlaces(known).flatMap(({ entry, state }): Restored[] => {
    if (state === "back") return [{ entry, isBack: true }];
    return state === "lost" && !known.pending.has(openingKey(entry.listen)) ? [{ entry, isBack: false }] : [];
  });
}
