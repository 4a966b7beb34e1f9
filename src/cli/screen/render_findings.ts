import type { Finding, Mark } from "../../diagnose/finding.ts";
import { escapeText } from "./escape_text.ts";
import { breakLine, columnsOf } from "./break_lines.ts";
import type { Output } from "./output.ts";
import { chooseOutput } from "./terminal/terminal.ts";

/** What stands before each finding, and its colour (SGR, ECMA-48). */
const MARKS: Readonly<Record<Mark, readonly [sign: string, color: string]>> = {
  ok: ["✓", "32"],
  note: ["!", "33"],
  failed: ["✗", "31"],
  unknown: ["?", "33"],
};

/** A line for each finding, the mark before it, and below it what mends it; broken at words where a terminal is narrower. */
export function renderFindings(findings: readonly Finding[], stdout: Output): string[] {
  if (findings.length === 0) return [];
  const isColored = chooseOutput(stdout.isTerminal, (name) => Deno.env.get(name)) === "table";
  const columns = columnsOf(stdout);
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = " ".repeat(width + 4);
  return findings.flatMap(({ check, mark, text, remedy }) => {
    const [sign, color] = MARKS[mark];
    const shown = isColored ? `\x1b[${color}m${sign}\x1b[m` : sign;
    // A narrow terminal has no room for an indent of that depth.
    const deep = columns !== null && columns < 60 ? "  " : indent;
    const [first, ...more] = breakLine(`${sign} ${check.padEnd(width)}  ${escapeText(text)}`, columns, deep);
    const remedies = remedy === null
      ? []
      : breakLine(`${deep}to mend it: ${escapeText(remedy)}`, columns, deep);
    return [`${shown}${first!.slice(sign.length)}`, ...more, ...remedies];
  });
}
