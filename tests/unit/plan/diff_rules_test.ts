import { deepStrictEqual as equal } from "node:assert/strict";
import type { Claim, HeldClaim } from "../../../src/plan/claims/claim.ts";
import { diffRules } from "../../../src/plan/changes/diff_rules.ts";
import { formatEntry } from "../../../src/plan/rules/entry.ts";
import { type Operation, subjectOf } from "../../../src/plan/changes/operation.ts";
import { claim, entry, entryIn, namedBy } from "./samples.ts";

const WANTED = claim("0.0.0.0:80 -> 10.0.0.2:80");
const ELSEWHERE = claim("0.0.0.0:80 -> 10.0.0.9:80");
const OTHER_SCOPE = claim("0.0.0.0:80 -> 10.0.0.2:80", undefined, { profiles: "any", remoteIps: ["any"] });
const OURS = namedBy(WANTED), MOVED = namedBy(ELSEWHERE);
const FOREIGN = "0.0.0.0:80 -> 192.168.7.7:22";

const NAMES = new Map([[WANTED, "wanted"], [ELSEWHERE, "elsewhere"], [OTHER_SCOPE, "other scope"]]);

function show(plan: readonly Operation[]): string[] {
  return plan.map((operation) =>
    "claim" in operation
      ? `${operation.kind} ${NAMES.get(operation.claim as Claim)}`
      : `${operation.kind} ${formatEntry(operation.entry)}`
  );
}

Deno.test("diffRules does what its table says", () => {
  type Row = readonly [string, readonly string[], readonly HeldClaim[], readonly Claim[], string[]];
  const rows: readonly Row[] = [
    ["none, none, wanted", [], [], [WANTED], ["add-claim wanted", `add-entry ${OURS}`]],
    ["none, none, no", [], [], [], []],
    ["none, half made, wanted", [], [WANTED], [WANTED], [`add-entry ${OURS}`]],
    ["none, half made, no", [], [WANTED], [], ["delete-claim wanted"]],
    [
      "none, half made elsewhere, wanted",
      [],
      [ELSEWHERE],
      [WANTED],
      ["add-claim wanted", `add-entry ${OURS}`, "delete-claim elsewhere"],
    ],
    ["ours, claimed, wanted", [OURS], [WANTED], [WANTED], []],
    [
      "ours, claimed, elsewhere",
      [MOVED],
      [ELSEWHERE],
      [WANTED],
      ["add-claim wanted", `delete-entry ${MOVED}`, `add-entry ${OURS}`, "delete-claim elsewhere"],
    ],
    [
      "ours, both claims, elsewhere (cut after the new claim)",
      [MOVED],
      [ELSEWHERE, WANTED],
      [WANTED],
      [`delete-entry ${MOVED}`, `add-entry ${OURS}`, "delete-claim elsewhere"],
    ],
    ["ours, both claims, wanted (cut before the end)", [OURS], [ELSEWHERE, WANTED], [WANTED], [
      "delete-claim elsewhere",
    ]],
    [
      "ours, claimed, other scope",
      [OURS],
      [WANTED],
      [OTHER_SCOPE],
      ["add-claim other scope", "delete-claim wanted"],
    ],
    ["ours, claimed, no", [OURS], [WANTED], [], [`delete-entry ${OURS}`, "delete-claim wanted"]],
    ["foreign, of something else, wanted", [FOREIGN], [WANTED], [WANTED], ["delete-claim wanted"]],
    ["foreign, of something else, no", [FOREIGN], [WANTED], [], ["delete-claim wanted"]],
    ["foreign, none, wanted", [FOREIGN], [], [WANTED], []],
    ["foreign, none, no", [FOREIGN], [], [], []],
    ["the same words, but unclaimed, wanted", [OURS], [], [WANTED], []],
    ["a claim twice, no", [OURS], [WANTED, WANTED], [], [`delete-entry ${OURS}`, "delete-claim wanted"]],
  ];
  for (const [name, entries, claims, desired, expected] of rows) {
    equal(show(diffRules(desired, { entries: entries.map(entry), claims })), expected, name);
  }
});

Deno.test("diffRules makes a claim whose name alone is held: its description was edited", () => {
  const edited: HeldClaim = { ...WANTED, rules: ELSEWHERE.rules };
  const plan = diffRules([WANTED], { entries: [], claims: [edited] });
  equal(show(plan), ["add-claim wanted", `add-entry ${OURS}`]);
  equal(show(diffRules([WANTED], { entries: [entry(OURS)], claims: [edited, WANTED] })), []);
});

Deno.test("diffRules goes by ports within each kind of change", () => {
  const claims = [9, 80, 443, 3000].map((port) => claim(`0.0.0.0:${port} -> 10.0.0.2:${port}`));
  const ports = (kind: string, plan: readonly Operation[]) =>
    plan.filter((operation) => operation.kind === kind).map((operation) => subjectOf(operation).port);
  const made = diffRules(claims.toReversed(), { entries: [], claims: [] });
  equal([ports("add-claim", made), ports("add-entry", made)], [[9, 80, 443, 3000], [9, 80, 443, 3000]]);
  const gone = diffRules([], { entries: claims.map(entryIn).toReversed(), claims });
  equal([ports("delete-entry", gone), ports("delete-claim", gone)], [[9, 80, 443, 3000], [9, 80, 443, 3000]]);
});
