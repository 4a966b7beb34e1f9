import type { Family } from "../../../net/address.ts";
import type { Entry } from "../../../plan/rules/entry.ts";
import { type UnreadRow, unreadRow } from "../../../plan/rules/unread_row.ts";
import { splitLines, splitWords } from "../../run/output_text.ts";
import { OutputSyntaxError } from "../../run/syntax_error.ts";
import { isRow, splitRow } from "./split_row.ts";

const SHOW = "netsh interface portproxy show all";

/** The portproxy entries of Windows, or those of one of its four tables. */
export interface PortproxyTable {
  /** In the order printed. */
  readonly entries: readonly Entry[];
  /** Rows that cannot be understood. */
  readonly unread: readonly UnreadRow[];
}

/** One of the four tables, as it was printed once. */
export interface FamilyTable extends PortproxyTable {
  /** `4>4` to `6>6`: what it listens on and what it connects to. */
  readonly families: string;
}

/**
 * Reads what `netsh interface portproxy show all` prints, in any language: for each table that has rows a title, column
 * titles, a line of dashes, rows. Noise is passed over (netsh complains of a helper DLL that it cannot load, and goes on).
 * No entries at all: one empty line. Throws OutputSyntaxError where there is no table though something is printed, or nothing
 * at all, or one of the four twice, or where the output was cut off: a read that failed must never pass for an empty table,
 * or for a shorter one.
 */
export function parseTable(output: string): PortproxyTable {
  const tables = findTables(output);
  if (new Set(tables.map(({ families }) => families)).size < tables.length) {
    throw new OutputSyntaxError(SHOW, 0, "each table once");
  }
  if (tables.length === 0 && (output.trim() !== "" || !/[\r\n]/.test(output))) {
    throw new OutputSyntaxError(SHOW, 0, "a table or an empty line");
  }
  return {
    entries: tables.flatMap(({ entries }) => entries),
    unread: tables.flatMap(({ unread }) => unread),
  };
}

/**
 * Finds the tables in the output of a script that shows all tables, makes changes, and shows them again. What the changes
 * print is passed over. An empty table prints nothing to know it by, so there may be fewer than two of each. Throws
 * OutputSyntaxError for more than two, and where the last one was cut off.
 */
export function findTables(output: string): FamilyTable[] {
  const lines = splitLines(output);
  const tables: { families: readonly [Family, Family]; entries: Entry[]; unread: UnreadRow[] }[] = [];
  let families: readonly [Family, Family] = [4, 4], isInside = false, last = -1;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") isInside = false;
    else if (isRuler(line)) {
      // Dashes among the rows are noise.
      if (!isInside) tables.push({ families, entries: [], unread: [] });
      isInside = true;
      last = i;
    } else if (!isInside && isTitle(line)) families = readFamilies(line);
    else if (isInside || isRow(line)) {
      const table = tables.at(-1), entry = splitRow(line, ...families);
      if (entry === null) table?.unread.push(unreadRow(line));
      else table?.entries.push(entry);
      last = i;
    }
  }
  // An empty line ends a table: splitLines makes one of the last line end, netsh prints one more.
  if (last >= 0 && last >= lines.length - 2) {
    throw new OutputSyntaxError(SHOW, last + 1, "an empty line behind the last row");
  }
  const found = tables.map(({ families, ...table }) => ({ families: families.join(">"), ...table }));
  for (const [families, same] of Map.groupBy(found, (table) => table.families)) {
    if (same.length > 2) throw new OutputSyntaxError(SHOW, 0, `at most two tables of ${families}`);
  }
  return found;
}

/** `Listen on ipv4:             Connect to ipv4:` in whatever language: what is listened on always comes first. */
function isTitle(line: string): boolean {
  return line.match(/ipv[46]/gi)?.length === 2;
}

function readFamilies(title: string): readonly [Family, Family] {
  const [from, to] = [...title.matchAll(/ipv([46])/gi)].map(([, digit]): Family => digit === "6" ? 6 : 4);
  return [from!, to!];
}

function isRuler(line: string): boolean {
  const words = splitWords(line);
  return words.length === 4 && words.every((word) => /^-{5,}$/.test(word));
}
