import { FIREWALL_RULES_KEY, parseRuleNames } from "../firewall/firewall_registry.ts";

/** What wslfwd's predecessor (ColorsWind/WSL-Port-Forwarding) calls each of its firewall rules, spelled so. */
export const PREDECESSOR_RULE_NAME = "WSL Auto Fowards";

/** What to ask of reg.exe: the firewall rules that the predecessor left. */
export const QUERY_PREDECESSOR_RULES: readonly string[] = [
  "query",
  FIREWALL_RULES_KEY,
  "/f",
  PREDECESSOR_RULE_NAME,
  "/d",
];

/** What to tell netsh: delete all of them. */
export const DELETE_PREDECESSOR_RULES: readonly string[] = [
  ...["advfirewall", "firewall", "delete", "rule"],
  `name=${PREDECESSOR_RULE_NAME}`,
];

/** How many there are in what reg.exe printed for {@link QUERY_PREDECESSOR_RULES}. */
export function countPredecessorRules(output: string): number {
  return parseRuleNames(output).filter((name) => name === PREDECESSOR_RULE_NAME).length;
}
