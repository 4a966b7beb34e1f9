import { deepStrictEqual as equal } from "node:assert/strict";
import type { ListenEvent } from "../../../src/contracts/wake.ts";
import { RescanSeries } from "../../../src/reconcile/guest/rescan.ts";
import { listening, withoutProgram } from "../plan/samples.ts";

const event = (kind: ListenEvent["kind"], inode: number): ListenEvent => (
  { kind, inode, family: 4, address: "0.0.0.0", port: 80, programName: null }
);
const socket = (inode: number) => ({ ...withoutProgram(listening("0.0.0.0:80")), inode });

/** When it looks, given what each look shows. */
function looks(series: RescanSeries, shown: (nowMs: number) => number[]): number[] {
  const times: number[] = [];
  for (let next = series.nextMs; next < Infinity && times.length < 50; next = series.nextMs) {
    times.push(next);
    series.explain(shown(next).map(socket), next);
  }
  return times;
}

Deno.test("RescanSeries looks at once and not again where that explains it", () => {
  const series = new RescanSeries();
  equal(series.nextMs, Infinity);
  series.restart([event("open", 7)], 1000);
  equal(looks(series, () => [7]), [1000]);
  series.restart([event("close", 7)], 2000);
  equal(looks(series, () => []), [2000]);
});

Deno.test("RescanSeries looks at 0, 1, 5, 20, 50 and 300 ms at most", () => {
  const whole = [0, 1, 5, 20, 50, 300];
  const cases: readonly [readonly ListenEvent[], number[]][] = [
    [[event("open", 7)], []],
    [[event("close", 7)], [7]],
    [[event("open", 0)], [7]],
    [[], []],
    [[event("open", 7), event("open", 8)], [7]],
  ];
  for (const [events, shown] of cases) {
    const series = new RescanSeries();
    series.restart(events, 0);
    equal(looks(series, () => shown), whole);
  }
});

Deno.test("RescanSeries ends as soon as the last event is explained", () => {
  const series = new RescanSeries();
  series.restart([event("open", 7), event("close", 8)], 0);
  equal(looks(series, (nowMs) => nowMs >= 20 ? [7] : [8]), [0, 1, 5, 20]);
});

Deno.test("RescanSeries: an open and a close of the same socket cancel each other", () => {
  const series = new RescanSeries();
  series.restart([event("open", 7), event("close", 7)], 0);
  equal(looks(series, () => []), [0]);
  series.restart([event("close", 7), event("open", 7)], 10);
  equal(looks(series, () => [7]), [10]);
});

Deno.test("RescanSeries starts again at each event, and forgets what it could not explain", () => {
  const series = new RescanSeries();
  series.restart([event("open", 7)], 0);
  series.explain([], 0);
  series.restart([event("open", 8)], 3);
  equal(looks(series, () => [8]), [3, 4, 8, 23, 53, 303]);
  series.restart([event("open", 9)], 1000);
  equal(looks(series, () => [9]), [1000], "7 is forgotten");
});

Deno.test("RescanSeries: what no snapshot could explain ends with its series", () => {
  const series = new RescanSeries();
  series.restart([], 0);
  equal(looks(series, () => []).length, 6);
  series.restart([event("open", 7)], 1000);
  equal(looks(series, () => [7]), [1000]);
});

Deno.test("RescanSeries follows a late look as one", () => {
  const series = new RescanSeries();
  series.restart([event("open", 7)], 0);
  series.explain([], 120); // A netsh ran meanwhile.
  equal(series.nextMs, 300);
});

Deno.test("RescanSeries does not grow with a storm", () => {
  const series = new RescanSeries();
  for (let i = 1; i < 100_000; i += 10) {
    series.restart(Array.from({ length: 10 }, (_, j) => event("open", i + j)), i);
  }
  equal(looks(series, () => []).length, 6);
});
