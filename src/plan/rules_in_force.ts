import { EntryIndex } from "./entry_index.ts";
import { entryOf } from "./entry.ts";
import type { Held } from "./operation.ts";
import { type Rule, ruleKey, sameRule } from "./rule.ts";

/** Rules, found by where they listen; of each endpoint one. */
export type RuleTable = ReadonlyMap<string, Rule>;

/** The rules of ours that let somebody in: those that a claim names and whose entry is there; direct ones have none. */
export function rulesInForce({ entries, claims }: Held): RuleTable {
  const present = new EntryIndex(entries);
  const table = new Map<string, Rule>();
  for (const rule of claims.flatMap((claim) => claim.rules)) {
    const entry = entryOf(rule);
    if (entry === null || present.has(entry)) table.set(ruleKey(rule), rule);
  }
  return table;
}

/** Whether a rule is in the table, with the same target. */
export function isInForce(table: RuleTable, rule: Rule): boolean {
  const found = table.get(ruleKey(rule));
  return found !== undefined && sameRule(found, rule);
}
