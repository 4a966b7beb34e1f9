import { EntryIndex } from "./entry_index.ts";
import type { Held } from "./operation.ts";
import { isDirect, type Rule } from "./rule.ts";

/** The rules of ours that are in force: claims whose entry is there, and direct ones, which have none. */
export function rulesInForce({ entries, claims }: Held): EntryIndex<Rule> {
  const present = new EntryIndex(entries);
  const rules = claims.map(({ rule }) => rule);
  return new EntryIndex(rules.filter((rule) => isDirect(rule) || present.has(rule)));
}
