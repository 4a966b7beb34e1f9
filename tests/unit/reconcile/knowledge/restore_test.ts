import { deepStrictEqual as equal } from "node:assert/strict";
import { formatEntry } from "../../../../src/plan/rules/entry.ts";
import { afterFailure } from "../../../../src/reconcile/knowledge/after_apply.ts";
import type { Known } from "../../../../src/reconcile/knowledge/knowledge.ts";
import { afterRestore, findRestored, owe } from "../../../../src/reconcile/knowledge/restore.ts";
import { planMending } from "../../../../src/reconcile/planning/make_plan.ts";
import { entry } from "../../plan/samples.ts";
import { afterSnapshot, AT_80, knowing, making, snapshotOf, THEIRS_80 } from "./samples.ts";

const OTHER_80 = "0.0.0.0:80 -> 192.168.9.9:80";

/** What is known where THEIRS_80 was run over, and then this was read. */
function owing(entries: readonly string[], claims: readonly string[], atMs = 1): Known {
  return afterSnapshot(owe(knowing([], []), [entry(THEIRS_80)]), snapshotOf(entries, claims), atMs);
}

/** What is settled, and what is to be done, as text. */
function show(known: Known): unknown[] {
  const plan = planMending(known, Infinity).map((each) =>
    "entry" in each ? `${each.kind} ${formatEntry(each.entry)}` : each.kind
  );
  return [findRestored(known).map(({ isBack }) => isBack), plan];
}

Deno.test("an entry that was run over: what stands in its place decides", () => {
  const cases: readonly [string, string[], string[], unknown[]][] = [
    ["nothing", [], [], [[], [`add-entry ${THEIRS_80}`]]],
    ["itself", [THEIRS_80], [], [[true], []]],
    ["ours", [AT_80], [AT_80], [[], [`delete-entry ${AT_80}`, `add-entry ${THEIRS_80}`]]],
    ["somebody else's", [OTHER_80], [], [[false], []]],
  ];
  for (const [name, entries, claims, expected] of cases) {
    equal([name, ...show(owing(entries, claims))], [name, ...expected]);
  }
});

Deno.test("an entry that was run over: while its port is pending nothing is done and nothing is lost", () => {
  const cutOff = afterFailure(owe(knowing([], []), [entry(THEIRS_80)]), making(AT_80), true);
  const read = (entries: string[]) => afterSnapshot(cutOff, snapshotOf(entries, []), 1);
  equal(show(read([])), [[], []]);
  equal(show(read([OTHER_80])), [[], []]);
  equal(show(read([THEIRS_80])), [[true], []], "but it may be back");
});

Deno.test("afterRestore has nothing more to do for what was settled", () => {
  const known = owing([THEIRS_80], []);
  const after = afterRestore(known, findRestored(known));
  equal([after.toRestore.size, show(after)], [0, [[], []]]);
  equal(owing([], []).toRestore.size, 1);
});
