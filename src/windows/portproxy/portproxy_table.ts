import type { Entry } from "../../plan/rule.ts";
import { splitLines, splitWords } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

const SHOW = "netsh interface portproxy show v4tov4";

/**
 * Reads what `netsh interface portproxy show v4tov4` prints, in any language: a title that holds `ipv4` twice, column
 * titles, a line of dashes, rows of four words. No entries at all: one empty line. Throws OutputSyntaxError for anything
 * else, also for no output at all, because a read that failed must never pass for an empty table.
 */
export function parseEntries(output: string): Entry[] {
  const { tables, others } = scanTables(output);
  if (tables.length > 1) throw new OutputSyntaxError(SHOW, 0, "one table");
  if (others > 0) throw new OutputSyntaxError(SHOW, others, "a table or an empty line");
  if (tables.length === 0 && !/[\r\n]/.test(output)) {
    throw new OutputSyntaxError(SHOW, 0, "at least an empty line");
  }
  return tables[0] ?? [];
}

/**
 * Finds the tables in the output of a script that shows the table, makes changes, and shows the table again. What the
 * changes print is passed over. An empty table prints nothing to know it by, so there may be fewer than two. Throws
 * OutputSyntaxError for a broken table or more than two.
 */
export function findTables(output: string): Entry[][] {
  const { tables } = scanTables(output);
  if (tables.length > 2) throw new OutputSyntaxError(SHOW, 0, "at most two tables");
  return tables;
}

/** `others`: the 1-based number of the first line that belongs to no table and is not empty, or 0. */
function scanTables(output: string): { tables: Entry[][]; others: number } {
  const lines = splitLines(output);
  const tables: Entry[][] = [];
  let others = 0;
  for (let i = 0; i < lines.length; i++) {
    if (lines[i]!.trim() === "") continue;
    const ruler = isTitle(lines[i]!) ? findRuler(lines, i + 1) : -1;
    if (ruler < 0) {
      others ||= i + 1;
      continue;
    }
    let row = ruler;
    const table: Entry[] = [];
    for (row++; row < lines.length && lines[row]!.trim() !== ""; row++) {
      table.push(parseRow(lines[row]!, row + 1));
    }
    // An empty line ends it: splitLines makes one of the last line end, netsh prints one more.
    if (row >= lines.length - 1) throw new OutputSyntaxError(SHOW, row, "an empty line behind the last row");
    tables.push(table);
    i = row;
  }
  return { tables, others };
}

/** Between the title and the dashes stand an empty line and the column titles. -1 where there are no dashes. */
function findRuler(lines: readonly string[], start: number): number {
  const offset = lines.slice(start, start + 3).findIndex(isRuler);
  return offset < 0 ? -1 : start + offset;
}

/** `Listen on ipv4:             Connect to ipv4:` in whatever language. */
function isTitle(line: string): boolean {
  return line.match(/ipv4/gi)?.length === 2;
}

function isRuler(line: string): boolean {
  const words = splitWords(line);
  return words.length === 4 && words.every((word) => /^-+$/.test(word));
}

function parseRow(line: string, number: number): Entry {
  const [listenAddress, listenPort, connectAddress, connectPort, ...rest] = splitWords(line);
  if (connectPort === undefined || rest.length > 0) throw new OutputSyntaxError(SHOW, number, "four words");
  return {
    listenAddress: listenAddress!,
    listenPort: listenPort!,
    connectAddress: connectAddress!,
    connectPort,
  };
}
