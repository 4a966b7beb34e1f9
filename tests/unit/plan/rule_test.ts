import { deepStrictEqual as equal } from "node:assert/strict";
import { formatRule, guestPortOf, isDirect, ruleKey, sameRule } from "../../../src/plan/rules/rule.ts";
import { rule } from "./samples.ts";

const WEB = rule("0.0.0.0:3000 -> 10.0.0.1:80"), DIRECT = rule("0.0.0.0:3000");

Deno.test("a rule is known by where it listens", () => {
  equal(ruleKey(WEB), ruleKey(rule("0.0.0.0:3000 -> 10.0.0.2:81")));
  equal(ruleKey(WEB), ruleKey(DIRECT));
  equal(ruleKey(WEB) === ruleKey(rule("10.0.0.9:3000 -> 10.0.0.1:80")), false);
  equal(ruleKey({ ...WEB, listen: { ...WEB.listen, protocol: "udp" } }) === ruleKey(WEB), false);
});

Deno.test("sameRule compares both ends, and how it gets from one to the other", () => {
  equal(sameRule(WEB, rule("0.0.0.0:3000 -> 10.0.0.1:80")), true);
  equal(sameRule(DIRECT, rule("0.0.0.0:3000")), true);
  const others = [
    rule("0.0.0.1:3000 -> 10.0.0.1:80"),
    rule("0.0.0.0:3001 -> 10.0.0.1:80"),
    rule("0.0.0.0:3000 -> 10.0.0.2:80"),
    rule("0.0.0.0:3000 -> 10.0.0.1:81"),
    DIRECT,
    { ...WEB, listen: { ...WEB.listen, protocol: "udp" } } as const,
  ];
  for (const other of others) equal([sameRule(WEB, other), sameRule(other, WEB)], [false, false]);
});

Deno.test("a direct rule keeps its number and leads to nothing but itself", () => {
  equal([isDirect(WEB), isDirect(DIRECT)], [false, true]);
  equal([guestPortOf(WEB), guestPortOf(DIRECT)], [80, 3000]);
  equal([formatRule(WEB), formatRule(DIRECT)], ["0.0.0.0:3000 -> 10.0.0.1:80", "0.0.0.0:3000"]);
  equal(formatRule(rule("[::]:3000 -> 10.0.0.1:80")), "[::]:3000 -> 10.0.0.1:80");
});
