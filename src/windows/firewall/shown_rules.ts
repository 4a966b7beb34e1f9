import { type HeldClaim, isClaimName, openingOf } from "../../plan/claims/claim.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { parseTag } from "../../plan/claims/tag.ts";
import { splitLines, splitWords } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** What to ask of netsh where the registry may not be read: every rule, with its description. It can take many seconds. */
export const SHOW_RULES: readonly string[] = [
  ...["advfirewall", "firewall", "show", "rule"],
  ...["name=all", "verbose"],
];

/**
 * Reads the claims of every owner out of what netsh prints for {@link SHOW_RULES}, in any language: for each rule a line that
 * ends with its name, a line of dashes, then `label: value` lines, our tag, `TCP` or `UDP` and the port among the last words
 * of them. Throws OutputSyntaxError where there is no rule at all (every Windows has some), and where the output was cut
 * off: it ends with a line that is no such row, and an empty one.
 */
export function parseShownClaims(output: string): HeldClaim[] {
  const lines = splitLines(output);
  const rulers = lines.flatMap((line, i) => /^-{30,}\s*$/.test(line) ? [i] : []);
  const last = lines.findLastIndex((line) => line.trim() !== "");
  const isWhole = rulers.length > 0 && last < lines.length - 2 && !/ {2,}\S|^-/.test(lines[last]!);
  if (!isWhole) throw new OutputSyntaxError("netsh advfirewall show rule", 0, "the rules of the firewall");
  return rulers.flatMap((ruler, i) => {
    const end = (rulers[i + 1] ?? lines.length) - 1;
    return readClaim(lines[ruler - 1] ?? "", lines.slice(ruler + 1, end));
  });
}

function readClaim(title: string, rows: readonly string[]): HeldClaim[] {
  const name = lastWord(title), values = rows.map(lastWord);
  const tags = values.map(parseTag).filter((tag) => tag !== null);
  const [tag] = tags;
  if (tag === undefined || tags.length > 1 || !isClaimName(name)) return [];
  // A rule of ours that somebody gave another port or protocol is theirs: netsh would not find it by our words.
  const { protocol, port } = openingOf(tag);
  const isFound = values.includes(protocol.toUpperCase()) && values.includes(String(port));
  return isFound ? [{ name, ...tag }] : [];
}

function lastWord(line: string): string {
  return splitWords(line).at(-1) ?? "";
}

/** How long it is believed what netsh showed, in milliseconds: showing all rules takes too much to do it every minute. */
const FRESH_MS = 600_000;

/** The claims as netsh showed them all, carried on by what we did since. */
export class ShownClaims {
  #claims: readonly HeldClaim[] | null = null;
  #readAtMs = 0;

  /** Null where they must be read: never, long ago, or since a change failed. */
  recall(nowMs: number): readonly HeldClaim[] | null {
    return nowMs - this.#readAtMs < FRESH_MS ? this.#claims : null;
  }

  /** They were read. */
  note(claims: readonly HeldClaim[], nowMs: number): void {
    this.#claims = claims;
    this.#readAtMs = nowMs;
  }

  /** A change was made; all of it, or nobody knows what. */
  noteChange(plan: readonly Operation[], succeeded: boolean): void {
    if (this.#claims === null || !succeeded) {
      this.#claims = null;
      return;
    }
    const claims = new Map(this.#claims.map((claim) => [claim.name, claim]));
    for (const operation of plan) {
      if (operation.kind === "add-claim") claims.set(operation.claim.name, operation.claim);
      if (operation.kind === "delete-claim") claims.delete(operation.claim.name);
    }
    this.#claims = [...claims.values()];
  }
}
