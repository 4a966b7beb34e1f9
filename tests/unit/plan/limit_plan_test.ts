import { deepStrictEqual as equal } from "node:assert/strict";
import { countEntries, countKeys, limitPlan } from "../../../src/plan/changes/limit_plan.ts";
import { claimOn, entriesOf } from "../../../src/plan/claims/claim.ts";
import { operationKey } from "../../../src/plan/changes/operation.ts";
import { diffRules } from "../../../src/plan/changes/diff_rules.ts";
import { claim, entry, entryIn, GUEST, OWNER, rule, SCOPE } from "./samples.ts";

const OLD = claim("0.0.0.0:1 -> 10.0.0.1:1"), MOVED = claim("0.0.0.0:1 -> 10.0.0.2:1");
const plan = diffRules(
  [MOVED, claim("0.0.0.0:2 -> 10.0.0.2:2"), claim("0.0.0.0:3 -> 10.0.0.2:3")],
  { entries: [entryIn(OLD)], claims: [OLD] },
);

Deno.test("operationKey is the protocol and port that an operation is about", () => {
  equal(operationKey({ kind: "add-claim", claim: OLD }), "tcp 1");
  equal(operationKey({ kind: "delete-entry", entry: entry("*:7 -> a:7") }), "tcp 7");
});

Deno.test("limitPlan keeps every operation of the first keys, in order, and none of the rest: each has an entry or two", () => {
  // The first port moves: an entry goes, and one comes.
  for (const [most, ports] of [0, 1, 1, 2, 3].entries()) {
    const part = limitPlan(plan, most);
    const keys = [...new Set(plan.map(operationKey))].slice(0, ports);
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

Deno.test("limitPlan and diffRules count entries, of which a port may have one for each family, and part no port", () => {
  const claims = [80, 81, 82].map((port) =>
    claimOn(
      [rule(`0.0.0.0:${port} -> ${GUEST}:${port}`), rule(`[::]:${port} -> ${GUEST}:${port}`)],
      OWNER,
      SCOPE,
    )
  );
  const nothing = { entries: [], claims: [] };
  const whole = diffRules(claims, nothing);
  equal([countKeys(whole), countEntries(whole)], [3, 6]);
  for (const [most, ports] of [[1, 1], [2, 1], [3, 2], [4, 2], [5, 3], [6, 3]] as const) {
    const parts = [
      limitPlan(whole, most),
      diffRules(claims, nothing, { maxEntries: most, isFree: () => true }),
    ];
    for (const part of parts) equal([countKeys(part), countEntries(part)], [ports, 2 * ports], `${most}`);
  }
  const held = { entries: claims.flatMap(entriesOf), claims };
  const removal = diffRules([], held, { maxEntries: 3, isFree: () => true });
  equal(removal.map(({ kind }) => kind), [
    ...Array(4).fill("delete-entry"),
    ...Array(2).fill("delete-claim"),
  ]);
  equal(countEntries(removal.filter(({ kind }) => kind === "delete-claim")), 2, "claims alone count by port");
});
