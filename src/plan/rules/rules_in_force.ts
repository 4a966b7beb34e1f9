import { claimedEntries } from "../claims/claim.ts";
import { entryOf } from "./entry.ts";
import { type EntryIndex, indexEntries } from "./entry_index.ts";
import type { Held } from "../changes/operation.ts";
import { isDirect, type Rule, ruleKey, sameRule } from "./rule.ts";

/** The rules of ours that let somebody in: those that a claim names and whose entry is there; direct ones have none. */
export interface RuleTable {
  /** What is there. */
  readonly entries: Pick<EntryIndex, "has">;
  /** What our claims name. */
  readonly claimed: Pick<EntryIndex, "has">;
  /** Direct rules, by their keys. */
  readonly direct: ReadonlyMap<string, Rule>;
}

/** Finds them. It makes no copy of what is held: a pass asks for tens of thousands. */
export function rulesInForce({ entries, claims }: Held): RuleTable {
  const direct = new Map<string, Rule>();
  for (const { rules } of claims) {
    for (const rule of rules) if (isDirect(rule)) direct.set(ruleKey(rule), rule);
  }
  return { entries: indexEntries(entries), claimed: claimedEntries(claims), direct };
}

/** Whether a rule is in the table, with the same target. */
export function isInForce({ entries, claimed, direct }: RuleTable, rule: Rule): boolean {
  const entry = entryOf(rule);
  if (entry !== null) return claimed.has(entry) && entries.has(entry);
  const found = direct.get(ruleKey(rule));
  return found !== undefined && sameRule(found, rule);
}
