import { claimedEntries, type ClaimIndex } from "../claims/claim_index.ts";
import { type EntryIndex, indexEntries } from "./entry_index.ts";
import type { Held } from "../changes/operation.ts";
import { isDirect, type Rule, ruleKey, sameRule } from "./rule.ts";

/** The rules of ours that let somebody in: those that a claim names and whose entry is there; direct ones have none. */
export interface RuleTable {
  /** What is there. */
  readonly entries: Pick<EntryIndex, "has">;
  /** What our claims name. */
  readonly claimed: Pick<ClaimIndex, "hasEntryOf">;
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
  const { listen, target } = rule;
  if (target.kind === "proxy") return claimed.hasEntryOf(rule) && entries.has({ listen, connect: target.to });
  const found = direct.get(ruleKey(rule));
  return found !== undefined && sameRule(found, rule);
}
