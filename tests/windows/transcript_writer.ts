/** A file of what was seen, in the form of tests/recorded: its origin in the first line, then everything else. */
import { standIns } from "../../src/diagnose/report/stand_ins.ts";
import type { Fact, Outcome } from "./fact.ts";
import type { World } from "./world.ts";

/** A fact and what became of it. */
export interface Tried {
  /** The fact. */
  readonly fact: Fact;
  /** What this machine said. */
  readonly outcome: Outcome;
}

/** One line for a fact: `confirmed  portproxy-star  without listenaddress … (what was seen)`. */
export function formatTried({ fact, outcome }: Tried): string {
  const seen = outcome.seen.trim() === "" ? "" : ` (${outcome.seen.trim().replace(/\s*[\r\n]+\s*/g, "; ")})`;
  return `${outcome.kind.padEnd(10)} ${fact.id}: ${fact.claim}${seen}`;
}

/**
 * The whole transcript. Names, SIDs and addresses are stand-ins. What programs printed is as they printed it, byte for byte
 * (each byte was one character all along, and is one again in UTF-8), without carriage returns, as in the other files.
 */
export function formatTranscript(
  edition: string,
  tried: readonly Tried[],
  world: World,
  date: string,
): string {
  const runs = world.runs.map(({ program, args, exitCode, stdout, stderr, durationMs }) => {
    const end = exitCode === null ? "it did not end" : `exit ${exitCode}`;
    const text = [stdout, stderr].filter((part) => part !== "").join("--- stderr\n");
    return `$ ${[program, ...args].join(" ")}\n# ${end}, ${durationMs.toFixed(0)} ms\n${text}\n`;
  });
  const title = `# test:windows, ${edition}, ${world.isNative ? "on Windows" : "from WSL2"}, ${date}`;
  const text = [title, ...tried.map(formatTried), "", ...runs].join("\n").replace(/\r\n?/g, "\n");
  return standIns(text);
}
