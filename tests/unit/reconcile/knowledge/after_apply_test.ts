import { deepStrictEqual as equal } from "node:assert/strict";
import { afterFailure } from "../../../../src/reconcile/knowledge/after_apply.ts";
import { afterCheck } from "../../../../src/reconcile/knowledge/after_check.ts";
import {
  afterApply,
  afterSnapshot,
  AT_80,
  AT_81,
  knowing,
  making,
  removing,
  report,
  show,
  snapshotOf,
  without,
} from "./samples.ts";

Deno.test("afterApply: what was made is held, claimed and ours", () => {
  const after = afterApply(knowing([], []), making(AT_80), report([], [AT_80]));
  equal(show(after), { isKnown: true, pending: [], ours: [AT_80], unclaimed: [] });
  equal(after.isKnown && after.snapshot.claims.length, 1);
  equal(after.isKnown && after.snapshot.foreign, []);
});

Deno.test("afterApply: what was removed is neither held nor claimed nor ours", () => {
  const after = afterApply(
    knowing([AT_80, AT_81], [AT_80, AT_81]),
    removing(AT_80),
    report([AT_80, AT_81], [AT_81]),
  );
  equal(show(after), { isKnown: true, pending: [], ours: [AT_81], unclaimed: [] });
  equal(after.isKnown && after.snapshot.claims.length, 1);
});

Deno.test("afterApply: where a part failed it must be read again, and what was made is ours even so", () => {
  const after = afterApply(knowing([], []), making(AT_80), report([], [AT_80], false));
  equal(show(after), { isKnown: false, pending: [], ours: [AT_80] });
  equal(show(afterSnapshot(after, snapshotOf([AT_80], []), 1)).unclaimed, [AT_80]);
});

Deno.test("afterApply: what stood there before with the very words that we wanted is somebody else's", () => {
  const after = afterApply(knowing([], []), making(AT_80), report([AT_80], [AT_80], false));
  equal(show(after).ours, []);
});

Deno.test("afterApply: claims are in doubt after one that failed, until one works; other changes say nothing", () => {
  const failed = afterApply(knowing([], []), making(AT_80), report([], [], false));
  equal(failed.areClaimsDoubtful, true);
  const again = afterSnapshot(failed, snapshotOf([AT_81], [AT_81]), 1);
  equal(afterApply(again, removing(AT_81), report([AT_81], [])).areClaimsDoubtful, true);
  equal(afterApply(again, making(AT_80), report([AT_81], [AT_80, AT_81])).areClaimsDoubtful, false);
  equal(afterFailure(knowing([], []), making(AT_80), false).areClaimsDoubtful, true);
  equal(afterFailure(knowing([AT_80], [AT_80]), removing(AT_80), false).areClaimsDoubtful, false);
});

Deno.test("afterFailure: it must be read again; what may still come is pending, and ours when it comes", () => {
  const certain = afterFailure(knowing([AT_81], [AT_81]), making(AT_80), false);
  equal(show(certain), { isKnown: false, pending: [], ours: [AT_80, AT_81] });
  const open = afterFailure(knowing([AT_81], [AT_81]), making(AT_80), true);
  equal(show(open), { isKnown: false, pending: ["tcp 80"], ours: [AT_80, AT_81] });
  const quiet = afterSnapshot(open, snapshotOf([AT_81], [AT_81]), 1);
  equal(show(quiet).ours, [AT_80, AT_81], "as long as it may come");
  const come = afterSnapshot(quiet, snapshotOf([AT_80, AT_81], [AT_81]), 30_001);
  equal(show(come).unclaimed, [], "while it is pending it is left alone");
  equal(show(afterSnapshot(come, snapshotOf([AT_80, AT_81], [AT_81]), 60_001)).unclaimed, [AT_80]);
});

Deno.test("afterFailure: what may not come any more is not ours if it comes later", () => {
  const gone = afterSnapshot(afterFailure(knowing([], []), making(AT_80), false), snapshotOf([], []), 1);
  equal(show(afterSnapshot(gone, snapshotOf([AT_80], []), 2)).unclaimed, []);
});

Deno.test("afterCheck: ports are believed, and a missing claim makes it unknown unless a change was made meanwhile", () => {
  const known = knowing([AT_80, AT_81], [AT_80, AT_81]), { claims } = known.snapshot;
  const ports = { taken: [], isForwarderRunning: false };
  const whole = afterCheck(known, { ...ports, claims }, false);
  equal([whole.isKnown, whole.isKnown && whole.snapshot.isForwarderRunning], [true, false]);
  equal(whole.isKnown && whole.snapshot.claims, claims);
  const part = { ...ports, claims: without(claims, AT_80) };
  equal([afterCheck(known, part, false).isKnown, afterCheck(known, part, true).isKnown], [false, true]);
  equal(afterCheck(known, { ...ports, claims: [] }, false).isKnown, false);
});
