import { deepStrictEqual as equal } from "node:assert/strict";
import { afterFailure } from "../../../../src/reconcile/knowledge/after_apply.ts";
import { doubt, hurry } from "../../../../src/reconcile/knowledge/doubt.ts";
import { type Knowledge, NOTHING_KNOWN } from "../../../../src/reconcile/knowledge/knowledge.ts";
import { afterSnapshot, AT_80, AT_81, knowing, making, show, snapshotOf, THEIRS_80 } from "./samples.ts";

/** What is still pending after reads of these, each `[time, entries, claims]`. */
function readAgain(knowledge: Knowledge, reads: readonly [number, string[], string[]][]): string[][] {
  let last = knowledge;
  return reads.map(([atMs, entries, claims]) => {
    last = afterSnapshot(last, snapshotOf(entries, claims), atMs);
    return [...last.pending.keys()];
  });
}

const CUT_OFF = afterFailure(knowing([], []), making(AT_80), true);
const BOTH = ["tcp 80", "tcp 81"];

Deno.test("afterSnapshot: a claimed entry is ours, any other is not", () => {
  equal(show(knowing([AT_80, THEIRS_80.replaceAll("80", "82")], [AT_80])), {
    isKnown: true,
    pending: [],
    ours: [AT_80],
    unclaimed: [],
  });
});

Deno.test("afterSnapshot: what was ours stays so without its claim, and is not once somebody edited it", () => {
  const known = knowing([AT_80, AT_81], [AT_80, AT_81]);
  equal(show(afterSnapshot(known, snapshotOf([AT_80, AT_81], []), 1)).unclaimed, [AT_80, AT_81]);
  const edited = afterSnapshot(known, snapshotOf([THEIRS_80, AT_81], []), 1);
  equal(show(edited).unclaimed, [AT_81]);
  equal(
    show(afterSnapshot(edited, snapshotOf([AT_80, AT_81], []), 2)).unclaimed,
    [AT_81],
    "it came back: theirs",
  );
});

Deno.test("afterSnapshot: a pending port is free once its change shows", () => {
  equal(readAgain(CUT_OFF, [[0, [], []], [100, [], [AT_80]], [200, [AT_80], [AT_80]]]), [["tcp 80"], [
    "tcp 80",
  ], []]);
});

Deno.test("afterSnapshot: a pending port is free once two reads 30 s apart agree, and not a moment before", () => {
  equal(readAgain(CUT_OFF, [[0, [], []], [29_999, [], []], [30_000, [], []]]), [["tcp 80"], ["tcp 80"], []]);
});

Deno.test("afterSnapshot: what moves on a pending port begins the 30 s anew", () => {
  equal(
    readAgain(CUT_OFF, [[0, [], []], [29_000, [], [AT_80]], [40_000, [], [AT_80]], [59_000, [], [AT_80]]]),
    [["tcp 80"], ["tcp 80"], ["tcp 80"], []],
  );
});

Deno.test("afterSnapshot: while one pending port moves, another that stands still proves nothing", () => {
  const both = afterFailure(knowing([], []), [...making(AT_80), ...making(AT_81)], true);
  equal(
    readAgain(both, [[0, [], []], [31_000, [], [AT_80]], [60_999, [], [AT_80]], [61_000, [], [AT_80]]]),
    [BOTH, BOTH, BOTH, []],
  );
  equal(readAgain(both, [[0, [], []], [31_000, [AT_80], [AT_80]], [60_000, [AT_80], [AT_80]]]), [
    BOTH,
    ["tcp 81"],
    ["tcp 81"],
  ], "also one that is done moves");
});

Deno.test("afterSnapshot: in a hurry, 1.5 s are enough", () => {
  equal(readAgain(hurry(CUT_OFF), [[0, [], []], [1499, [], []], [1500, [], []]]), [
    ["tcp 80"],
    ["tcp 80"],
    [],
  ]);
});

Deno.test("afterSnapshot: what an earlier run left unfinished is ours when it comes, for 90 s", () => {
  const known = afterSnapshot(NOTHING_KNOWN, snapshotOf([], [], [AT_80]), 0);
  const late = (atMs: number) => {
    const quiet = afterSnapshot(known, snapshotOf([], []), atMs);
    return show(afterSnapshot(quiet, snapshotOf([AT_80], []), atMs + 1)).unclaimed;
  };
  equal([late(60_000), late(89_999), late(90_000)], [[AT_80], [AT_80], []]);
});

Deno.test("doubt forgets what is held, and nothing else", () => {
  const known = knowing([AT_80], [AT_80]);
  const { snapshot: _, ...memory } = known;
  equal(doubt(known), { ...memory, isKnown: false });
  equal(show(afterSnapshot(doubt(known), snapshotOf([AT_80], []), 1)).unclaimed, [AT_80]);
});
