import { deepStrictEqual as equal } from "node:assert/strict";
import type { Operation } from "../../../src/plan/changes/operation.ts";
import { formatEntry } from "../../../src/plan/rules/entry.ts";
import { formatRule } from "../../../src/plan/rules/rule.ts";
import { finish } from "../../../src/plan/slices.ts";
import { afterFailure } from "../../../src/reconcile/knowledge/after_apply.ts";
import type { Known } from "../../../src/reconcile/knowledge/knowledge.ts";
import { owe } from "../../../src/reconcile/knowledge/restore.ts";
import { type Bounds, makePlan, planRemoval, UNBOUNDED } from "../../../src/reconcile/planning/make_plan.ts";
import { entry, GUEST, IPV4_POLICY, listening, OWNER } from "../plan/samples.ts";
import { afterSnapshot, AT_80, AT_81, knowing, making, snapshotOf, THEIRS_80 } from "./knowledge/samples.ts";

const WISHES = { policy: IPV4_POLICY, owner: OWNER, lingerMs: 0 };
const AT_82 = "0.0.0.0:82 -> 172.23.21.232:82";

/** `+ entry`, `- entry`, `+ claim RULES`, `- claim RULES`. */
function show(plan: readonly Operation[]): string[] {
  return plan.map((operation) => {
    const sign = operation.kind.startsWith("add") ? "+" : "-";
    return "entry" in operation
      ? `${sign} ${formatEntry(operation.entry)}`
      : `${sign} claim ${operation.claim.rules.map(formatRule).join(", ")}`;
  });
}

/** The plan for what listens on these ports of 0.0.0.0. */
function planFor(ports: readonly number[], known: Known, bounds: Bounds = UNBOUNDED): string[] {
  const listeners = ports.map((port) => listening(`0.0.0.0:${port}`));
  const observation = { listeners, guestAddress: GUEST, nowMs: 0 };
  return show(finish(makePlan(observation, known, WISHES, bounds)).plan);
}

/** Known to hold these after a change of a port was cut off: whether Windows takes claims is in doubt then, too. */
function cutOff(entries: readonly string[], claims: readonly string[], pending: string): Known {
  return afterSnapshot(
    afterFailure(knowing([], []), making(pending), true),
    snapshotOf(entries, claims),
    0,
  );
}

const EDITED = afterSnapshot(knowing([AT_80], [AT_80]), snapshotOf([AT_80], []), 1);

const CASES: readonly [name: string, ports: readonly number[], known: Known, plan: readonly string[]][] = [
  ["nothing listens and nothing is held", [], knowing([], []), []],
  ["what listens is opened, its claim first", [80], knowing([], []), [`+ claim ${AT_80}`, `+ ${AT_80}`]],
  ["what is held as it should be stays", [80], knowing([AT_80], [AT_80]), []],
  ["what nobody listens on any more goes, its claim last", [], knowing([AT_80], [AT_80]), [
    `- ${AT_80}`,
    `- claim ${AT_80}`,
  ]],
  ["an entry of somebody else is left alone", [], knowing([THEIRS_80], []), []],
  ["and so is its port, on which something listens", [80], knowing([THEIRS_80], []), []],
  ["a claim without its entry gets it", [80], knowing([], [AT_80]), [`+ ${AT_80}`]],
  ["a pending port is left alone, whatever listens", [80, 81], cutOff([], [], AT_80), [`+ claim ${AT_81}`]],
  ["a pending port is left alone, whatever is held", [], cutOff([], [AT_80], AT_80), []],
  ["an entry of ours without a claim goes before anything else", [80, 81], EDITED, [`- ${AT_80}`]],
];

for (const [name, ports, known, expected] of CASES) {
  Deno.test(`makePlan: ${name}`, () => equal(planFor(ports, known), expected));
}

Deno.test("makePlan puts back what we ran over before anything else, in place of ours", () => {
  const known = owe(knowing([AT_80], [AT_80]), [entry(THEIRS_80)]) as Known;
  equal(planFor([80, 81], known), [`- ${AT_80}`, `+ ${THEIRS_80}`]);
});

Deno.test("makePlan leaves to the next plan what is too much for one change, whole ports", () => {
  const one = planFor([80, 81, 82], knowing([], []), { ...UNBOUNDED, maxEntries: 1 });
  equal(one, [`+ claim ${AT_80}`, `+ ${AT_80}`]);
  const next = planFor([80, 81, 82], knowing([AT_80], [AT_80]), { ...UNBOUNDED, maxEntries: 1 });
  equal(next, [`+ claim ${AT_81}`, `+ ${AT_81}`]);
});

Deno.test("makePlan makes claims alone where Windows may refuse them", () => {
  const known: Known = { ...knowing([], []), areClaimsDoubtful: true };
  equal(planFor([80, 82], known), [`+ claim ${AT_80}`, `+ claim ${AT_82}`]);
});

Deno.test("planRemoval removes what is ours, and nothing that is pending or somebody else's", () => {
  const remove = (known: Known) => show(finish(planRemoval(known, Infinity)));
  equal(remove(knowing([AT_80, AT_81], [AT_80])), [`- ${AT_80}`, `- claim ${AT_80}`]);
  equal(remove(cutOff([], [AT_80], AT_80)), []);
  equal(remove(EDITED), [`- ${AT_80}`]);
});
