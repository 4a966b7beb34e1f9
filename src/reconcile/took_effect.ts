import type { Held, Operation } from "../plan/operation.ts";
import { type Entry, entryKey, sameEntry } from "../plan/entry.ts";

/**
 * Whether all of what one netsh was told about a key, in this order, shows in what Windows holds. netsh works line by line:
 * once the last line shows, it has done with the key, however long its script still runs.
 */
export function tookEffect(operations: readonly Operation[], held: Held): boolean {
  const entries = new Map<string, Entry | null>(), claims = new Map<string, boolean>();
  for (const operation of operations) {
    switch (operation.kind) {
      case "add-entry":
        entries.set(entryKey(operation.entry), operation.entry);
        break;
      case "delete-entry":
        entries.set(entryKey(operation.entry), null);
        break;
      case "add-claim":
      case "delete-claim":
        claims.set(operation.claim.name, operation.kind === "add-claim");
    }
  }
  const names = new Set(held.claims.map((claim) => claim.name));
  return [...claims].every(([name, isThere]) => names.has(name) === isThere) &&
    [...entries].every(([key, wanted]) => {
      const found = held.entries.find((entry) => entryKey(entry) === key);
      return wanted === null ? found === undefined : found !== undefined && sameEntry(found, wanted);
    });
}
