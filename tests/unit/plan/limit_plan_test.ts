import { deepStrictEqual as equal } from "node:assert/strict";
import { limitPlan } from "../../../src/plan/changes/limit_plan.ts";
import { operationKey } from "../../../src/plan/changes/operation.ts";
import { diffRules } from "../../../src/plan/changes/diff_rules.ts";
import { claim, entry, entryIn } from "./samples.ts";

const OLD = claim("0.0.0.0:1 -> 10.0.0.1:1"), MOVED = claim("0.0.0.0:1 -> 10.0.0.2:1");
const plan = diffRules(
  [MOVED, claim("0.0.0.0:2 -> 10.0.0.2:2"), claim("0.0.0.0:3 -> 10.0.0.2:3")],
  { entries: [entryIn(OLD)], claims: [OLD] },
);

Deno.test("operationKey is the protocol and port that an operation is about", () => {
  equal(operationKey({ kind: "add-claim", claim: OLD }), "tcp 1");
  equal(operationKey({ kind: "delete-entry", entry: entry("*:7 -> a:7") }), "tcp 7");
});

Deno.test("limitPlan keeps every operation of the first keys, in order, and none of the rest", () => {
  for (let most = 0; most <= 4; most++) {
    const part = limitPlan(plan, most);
    const keys = [...new Set(plan.map(operationKey))].slice(0, most);
    equal(part, plan.filter((operation) => keys.includes(operationKey(operation))));
  }
  equal(limitPlan(plan, 1).map(({ kind }) => kind), [
    "add-claim",
    "delete-entry",
    "add-entry",
    "delete-claim",
  ]);
  equal(limitPlan([], 5), []);
});
