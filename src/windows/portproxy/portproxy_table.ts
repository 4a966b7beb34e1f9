import type { Entry } from "../../plan/entry.ts";
import { type UnreadRow, unreadRow } from "../../plan/unread_row.ts";
import { splitLines, splitWords } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";
import { isRow, splitRow } from "./split_row.ts";

const SHOW = "netsh interface portproxy show v4tov4";

/** The portproxy entries of Windows. */
export interface PortproxyTable {
  /** In the order printed. */
  readonly entries: readonly Entry[];
  /** Rows that cannot be understood. */
  readonly unread: readonly UnreadRow[];
}

/**
 * Reads what `netsh interface portproxy show v4tov4` prints, in any language: a title, column titles, a line of dashes, rows.
 * Noise is passed over (netsh complains of a helper DLL that it cannot load, and goes on). No entries at all: one empty
 * line. Throws OutputSyntaxError where there is no table though something is printed, or nothing at all, or several tables,
 * or where the output was cut off: a read that failed must never pass for an empty table, or for a shorter one.
 */
export function parseTable(output: string): PortproxyTable {
  const tables = findTables(output);
  if (tables.length > 1) throw new OutputSyntaxError(SHOW, 0, "one table");
  if (tables.length === 0 && (output.trim() !== "" || !/[\r\n]/.test(output))) {
    throw new OutputSyntaxError(SHOW, 0, "a table or an empty line");
  }
  return tables[0] ?? { entries: [], unread: [] };
}

/**
 * Finds the tables in the output of a script that shows the table, makes changes, and shows the table again. What the
 * changes print is passed over. An empty table prints nothing to know it by, so there may be fewer than two. Throws
 * OutputSyntaxError for more than two, and where the last one was cut off.
 */
export function findTables(output: string): PortproxyTable[] {
  const lines = splitLines(output);
  const found: { title: string; entries: Entry[]; unread: UnreadRow[] }[] = [];
  let title = "", isInside = false, last = -1;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") isInside = false;
    else if (isRuler(line)) {
      // Dashes among the rows are noise.
      if (!isInside) found.push({ title, entries: [], unread: [] });
      isInside = true;
      last = i;
    } else if (!isInside && isTitle(line)) title = line;
    else if (isInside || isRow(line)) {
      const table = found.at(-1), entry = splitRow(line);
      if (entry === null) table?.unread.push(unreadRow(line));
      else table?.entries.push(entry);
      last = i;
    }
  }
  // An empty line ends a table: splitLines makes one of the last line end, netsh prints one more.
  if (last >= 0 && last >= lines.length - 2) {
    throw new OutputSyntaxError(SHOW, last + 1, "an empty line behind the last row");
  }
  const tables = found.filter((table) => isOurs(table.title)).map(({ entries, unread }) => ({
    entries,
    unread,
  }));
  if (tables.length > 2) throw new OutputSyntaxError(SHOW, 0, "at most two tables");
  return tables;
}

/** `Listen on ipv4:             Connect to ipv4:` in whatever language. */
function isTitle(line: string): boolean {
  return line.match(/ipv[46]/gi)?.length === 2;
}

/** Whether both sides of a title are IPv4; or there is none, since nothing else was asked for. */
function isOurs(title: string): boolean {
  return title === "" || title.match(/ipv4/gi)?.length === 2;
}

function isRuler(line: string): boolean {
  const words = splitWords(line);
  return words.length === 4 && words.every((word) => /^-{5,}$/.test(word));
}
