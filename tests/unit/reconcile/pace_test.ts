import { deepStrictEqual as equal } from "node:assert/strict";
import { Pace } from "../../../src/reconcile/pace.ts";

Deno.test("Pace lets five changes start within a second", () => {
  const pace = new Pace();
  for (const atMs of [0, 10, 20, 30, 40]) {
    equal(pace.nextStartMs(atMs), atMs);
    pace.noteStart(atMs);
  }
  equal(pace.nextStartMs(50), 1000);
  pace.noteStart(1000);
  equal(pace.nextStartMs(1001), 1010);
});

Deno.test("Pace waits twice as long after each failure in a row, at most 30 s, and starts anew after a success", () => {
  const pace = new Pace();
  const waits = Array.from({ length: 10 }, (_, i) => {
    pace.noteFailure(i * 100_000);
    return pace.nextStartMs(i * 100_000) - i * 100_000;
  });
  equal(waits, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  pace.noteSuccess();
  equal(pace.nextStartMs(900_001), 900_001);
  pace.noteFailure(1_000_000);
  equal(pace.nextStartMs(1_000_000), 1_000_250);
});

Deno.test("Pace waits for a failure that goes on for ever", () => {
  const pace = new Pace();
  for (let i = 0; i < 5000; i++) pace.noteFailure(0);
  equal(pace.nextStartMs(0), 30_000);
});

Deno.test("Pace: a wake shortens the wait to its first, and no further", () => {
  const pace = new Pace();
  for (let i = 0; i < 8; i++) pace.noteFailure(0);
  pace.noteWake();
  equal([pace.nextStartMs(0), pace.nextStartMs(250)], [250, 250]);
  pace.noteFailure(300);
  for (let i = 0; i < 100; i++) pace.noteWake();
  equal(pace.nextStartMs(300), 550);
  const calm = new Pace();
  calm.noteWake();
  equal(calm.nextStartMs(7), 7);
});
