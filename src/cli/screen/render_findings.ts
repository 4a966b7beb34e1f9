import type { Finding, Mark } from "../../diagnose/finding.ts";
import { escapeText } from "./escape_text.ts";
import { chooseOutput } from "./terminal/terminal.ts";

/** What stands before each finding, and its colour (SGR, ECMA-48). */
const MARKS: Readonly<Record<Mark, readonly [sign: string, color: string]>> = {
  ok: ["✓", "32"],
  note: ["!", "33"],
  failed: ["✗", "31"],
  unknown: ["?", "33"],
};

/** A line for each finding, the mark before it, and below it what mends it. */
export function renderFindings(findings: readonly Finding[]): string[] {
  const isColored = chooseOutput(Deno.stdout.isTerminal(), (name) => Deno.env.get(name)) === "table";
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = " ".repeat(width + 4);
  return findings.flatMap(({ check, mark, text, remedy }) => {
    const [sign, color] = MARKS[mark];
    const shown = isColored ? `\x1b[${color}m${sign}\x1b[m` : sign;
    const line = `${shown} ${check.padEnd(width)}  ${escapeText(text)}`;
    return remedy === null ? [line] : [line, `${indent}to mend it: ${escapeText(remedy)}`];
  });
}
