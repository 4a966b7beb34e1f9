import { deepStrictEqual as equal } from "node:assert/strict";
import { BackOff } from "../../../src/time/back_off.ts";

Deno.test("BackOff waits twice as long after each failure in a row, up to the longest, and starts anew after a success", () => {
  const backOff = new BackOff(250, 30_000);
  equal(backOff.untilMs, -Infinity);
  const waits = Array.from({ length: 10 }, (_, i) => {
    const waitMs = backOff.noteFailure(i * 100_000);
    equal(backOff.untilMs, i * 100_000 + waitMs);
    return waitMs;
  });
  equal(waits, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  backOff.noteSuccess();
  equal(backOff.untilMs, -Infinity);
  equal(backOff.noteFailure(1_000_000), 250);
});

Deno.test("BackOff.isWaiting until the very millisecond", () => {
  const backOff = new BackOff(250, 30_000);
  equal(backOff.isWaiting(0), false);
  backOff.noteFailure(1000);
  equal([1000, 1249, 1250].map((nowMs) => backOff.isWaiting(nowMs)), [true, true, false]);
});

Deno.test("BackOff stays at its longest for a failure that goes on for ever", () => {
  const backOff = new BackOff(250, 30_000);
  for (let i = 0; i < 5000; i++) backOff.noteFailure(0);
  equal(backOff.untilMs, 30_000);
});

Deno.test("BackOff: news shorten the wait to its first, and no further", () => {
  const backOff = new BackOff(250, 30_000);
  for (let i = 0; i < 8; i++) backOff.noteFailure(0);
  backOff.noteNews();
  equal(backOff.untilMs, 250);
  backOff.noteFailure(300);
  for (let i = 0; i < 100; i++) backOff.noteNews();
  equal(backOff.untilMs, 550);
  const calm = new BackOff(250, 30_000);
  calm.noteNews();
  equal(calm.untilMs, -Infinity);
});
