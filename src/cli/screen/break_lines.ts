import { textWidth } from "./terminal/text_width.ts";
import type { Output } from "./output.ts";

/** What a terminal that is narrower is taken for, in columns. */
const LEAST_COLUMNS = 20;

/**
 * A line as several, broken at blanks so that none is wider than the terminal; what follows the first is indented. A word that is
 * wider than the terminal stays whole: it is a path or a command, which is for copying. Whoever is no terminal gets the line as
 * it is. The text must be fit for a terminal.
 */
export function breakLine(text: string, columns: number | null, indent: string = ""): string[] {
  if (columns === null || textWidth(text) <= columns) return [text];
  const width = Math.max(LEAST_COLUMNS, columns);
  const start = /^ */.exec(text)![0];
  const lines: string[] = [];
  let line = start;
  for (const word of text.slice(start.length).split(" ")) {
    const isFirst = line === start || line === indent;
    const longer = isFirst ? line + word : `${line} ${word}`;
    if (isFirst || textWidth(longer) <= width) line = longer;
    else {
      lines.push(line.trimEnd());
      line = indent + word;
    }
  }
  return [...lines, line.trimEnd()];
}

/** How wide the terminal is that shows an output; null where none does. */
export function columnsOf({ isTerminal }: Pick<Output, "isTerminal">): number | null {
  if (!isTerminal) return null;
  try {
    const { columns } = Deno.consoleSize();
    return columns > 0 ? columns : null;
  } catch {
    return null;
  }
}
