import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { BatchSize } from "../../../src/reconcile/batch_size.ts";

/** The sizes of the batches, where each of `count` takes so long. */
function sizes(count: number, durationMs: (keys: number) => number): number[] {
  const batch = new BatchSize();
  return Array.from({ length: count }, () => {
    const { entries: keys } = batch;
    batch.noteDone(keys, durationMs(keys));
    return keys;
  });
}

Deno.test("BatchSize grows to what takes two seconds, at most twofold at once", () => {
  equal(sizes(5, (keys) => keys), [400, 800, 1600, 2000, 2000]);
});

Deno.test("BatchSize has a largest and a least", () => {
  equal(sizes(8, () => 0), [400, 800, 1600, 3200, 6400, 12_800, 25_600, 32_000]);
  equal(sizes(4, (keys) => keys * 1000), [400, 50, 50, 50]);
});

Deno.test("BatchSize finds its way back when Windows is slow for a while", () => {
  const batch = new BatchSize();
  batch.noteDone(400, 40_000);
  equal(batch.entries, 50);
  for (let i = 0; i < 10; i++) batch.noteDone(batch.entries, batch.entries * 5);
  equal(batch.entries, 400);
});

Deno.test("BatchSize learns nothing from a few ports, unless they take long", () => {
  const batch = new BatchSize();
  for (const durationMs of [5, 100, 2000]) {
    batch.noteDone(1, durationMs);
    equal(batch.entries, 400, `one port in ${durationMs} ms`);
  }
  batch.noteDone(150, 6000);
  equal(batch.entries, 50);
});

Deno.test("BatchSize is no larger than at first after a failure", () => {
  const batch = new BatchSize();
  for (let i = 0; i < 5; i++) batch.noteDone(batch.entries, 1);
  ok(batch.entries > 400);
  batch.noteFailure();
  equal(batch.entries, 400);
  batch.noteDone(400, 8000);
  batch.noteFailure();
  equal(batch.entries, 100);
});
