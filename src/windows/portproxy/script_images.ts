import type { Operation } from "../../plan/operation.ts";
import { type Entry, entryKey } from "../../plan/entry.ts";
import type { PortproxyTable } from "./portproxy_table.ts";

/** The portproxy table before and after the changes of a script. */
export interface Images {
  /** As it was when the script began. */
  readonly before: readonly Entry[];
  /** As it was when the script ended. */
  readonly after: readonly Entry[];
}

/**
 * Tells which of the tables that a script printed stands before the changes and which after. netsh prints nothing to
 * know an empty table by, so one table alone is told by its rows: if the plan adds them all, the table was empty before;
 * if it deletes them all, it is empty now. Null where that cannot be told, also where there is no table though the plan
 * touches entries: then what netsh did must be read again.
 */
export function identifyImages(
  tables: readonly PortproxyTable[],
  plan: readonly Operation[],
): Images | null {
  const [first, second] = tables.map(({ entries }) => entries);
  if (first !== undefined && second !== undefined) return { before: first, after: second };
  // What cannot be understood is nobody's to add or delete: it would stand in both tables.
  if (tables[0] !== undefined && tables[0].unread.length > 0) return null;
  const keysOf = (kind: Operation["kind"]) =>
    new Set(
      plan.flatMap((operation) =>
        operation.kind === kind && "entry" in operation ? [entryKey(operation.entry)] : []
      ),
    );
  const added = keysOf("add-entry"), deleted = keysOf("delete-entry");
  if (first === undefined) return added.size + deleted.size === 0 ? { before: [], after: [] } : null;
  if (first.every((entry) => added.has(entryKey(entry)) && !deleted.has(entryKey(entry)))) {
    return { before: [], after: first };
  }
  if (first.every((entry) => deleted.has(entryKey(entry)) && !added.has(entryKey(entry)))) {
    return { before: first, after: [] };
  }
  return null;
}
