import { deepStrictEqual as equal } from "node:assert/strict";
import { diffRules } from "../../../../src/plan/changes/diff_rules.ts";
import { isApplied } from "../../../../src/reconcile/knowledge/is_applied.ts";
import { changeAll, type Model } from "../../plan/model.ts";
import { claim, entry, entryIn } from "../../plan/samples.ts";

const A = claim("0.0.0.0:80 -> 10.0.0.2:80"), OLD = claim("0.0.0.0:80 -> 10.0.0.1:80");
const NOTHING: Model = { entries: [], claims: [] };
const HELD_OLD: Model = { entries: [entryIn(OLD)], claims: [OLD] };

Deno.test("isApplied: only when the last line shows is netsh done with a key", () => {
  const cases = [
    ["make", NOTHING, diffRules([A], NOTHING)],
    ["remove", HELD_OLD, diffRules([], HELD_OLD)],
    ["move", HELD_OLD, diffRules([A], HELD_OLD)],
  ] as const;
  for (const [name, before, plan] of cases) {
    for (let done = 0; done <= plan.length; done++) {
      const held = changeAll(before, plan.slice(0, done));
      equal(isApplied(plan, held), done === plan.length, `${name}, ${done} of ${plan.length} lines`);
    }
  }
});

Deno.test("isApplied: what somebody else put on the key is not it", () => {
  const plan = diffRules([A], NOTHING);
  const { claims } = changeAll(NOTHING, plan);
  equal(isApplied(plan, { entries: [entry("0.0.0.0:80 -> 192.168.7.7:80")], claims }), false);
});
