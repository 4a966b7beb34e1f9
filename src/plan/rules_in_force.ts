import type { Held } from "./operation.ts";
import { formatEntry, isDirect } from "./rule.ts";

/** The texts of the rules of ours that are in force: claims whose entry is there, and direct ones, which have none. */
export function rulesInForce({ entries, claims }: Held): Set<string> {
  const present = new Set(entries.map(formatEntry));
  const rules = claims.map(({ rule }) => rule);
  return new Set(rules.filter((rule) => isDirect(rule) || present.has(formatEntry(rule))).map(formatEntry));
}
