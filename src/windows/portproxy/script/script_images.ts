import type { CommandResult } from "../../../process/command.ts";
import { type Entry, entryKey } from "../../../plan/rules/entry.ts";
import type { Operation } from "../../../plan/changes/operation.ts";
import { describeEnd } from "../../run/describe_end.ts";
import { decodeOutput, splitLines } from "../../run/output_text.ts";
import type { FamilyTable } from "../table/portproxy_table.ts";
import { isRow } from "../table/split_row.ts";

/** The portproxy entries before and after the changes of a script. */
export interface Images {
  /** As they were when the script began. */
  readonly before: readonly Entry[];
  /** As they were when the script ended. */
  readonly after: readonly Entry[];
}

/**
 * Tells which of the tables that a script printed stand before the changes and which after, each of the four for itself.
 * netsh prints nothing to know an empty table by, so one alone is told by its rows: if the plan adds them all, the table was
 * empty before; if it deletes them all, it is empty now. One of which nothing was printed, though the plan touches its entries,
 * was empty and is so where another one shows that netsh came to the end: what was to be made there was refused. Null where
 * that cannot be told: then what netsh did must be read again.
 */
export function identifyImages(
  tables: readonly FamilyTable[],
  plan: readonly Operation[],
): Images | null {
  const entries = plan.flatMap((operation) => "entry" in operation ? [operation] : []);
  const touched = Map.groupBy(
    entries,
    ({ entry: { listen, connect } }) => `${listen.family}>${connect.family}`,
  );
  const shown = Map.groupBy(tables, ({ families }) => families);
  const before: Entry[] = [], after: Entry[] = [];
  for (const [families, tables] of shown) {
    const images = identifyTable(tables, touched.get(families) ?? []);
    if (images === null) return null;
    before.push(...images.before);
    after.push(...images.after);
  }
  const isSilent = [...touched.keys()].some((families) => !shown.has(families));
  return isSilent && after.length === 0 ? null : { before, after };
}

/** The same for one of the four tables: `tables` is what was printed of it, `operations` what concerns it. */
function identifyTable(
  tables: readonly FamilyTable[],
  operations: readonly Extract<Operation, { entry: Entry }>[],
): Images | null {
  const [first, second] = tables.map(({ entries }) => entries);
  if (first !== undefined && second !== undefined) return { before: first, after: second };
  // What cannot be understood is nobody's to add or delete: it would stand in both tables.
  if (tables[0] !== undefined && tables[0].unread.length > 0) return null;
  const keysOf = (kind: Operation["kind"]) =>
    new Set(operations.filter((operation) => operation.kind === kind).map(({ entry }) => entryKey(entry)));
  const added = keysOf("add-entry"), deleted = keysOf("delete-entry");
  if (first === undefined) return null;
  if (first.every((entry) => added.has(entryKey(entry)) && !deleted.has(entryKey(entry)))) {
    return { before: [], after: first };
  }
  if (first.every((entry) => deleted.has(entryKey(entry)) && !added.has(entryKey(entry)))) {
    return { before: first, after: [] };
  }
  return null;
}

/**
 * How a script of netsh's ended in which a line failed, in one line. Which of its lines says so cannot be told, since all are in
 * the user's language; but netsh says little of success: the longest line outside of the tables is taken. Hostile text.
 */
export function describeScriptEnd({ exitCode, stdout, stderr }: CommandResult): string {
  const lines = splitLines(decodeOutput(stdout)).filter((line, i, all) =>
    !isRow(line) && !/ipv[46]|-{5}/i.test(line) && !/^-{5}/.test(all[i + 1] ?? "") // Titles, of columns too, and dashes.
  );
  const longest = lines.map((line) => line.trim()).toSorted((a, b) => b.length - a.length)[0] ?? "";
  const words = Uint8Array.from(longest, (character) => character.charCodeAt(0));
  return describeEnd({ argv: ["netsh.exe", "-f", "…"], exitCode, stdout: words, stderr });
}
