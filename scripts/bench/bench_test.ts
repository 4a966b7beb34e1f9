import { deepStrictEqual as equal, match, ok, throws } from "node:assert/strict";
import { renderChart } from "./chart.ts";
import { PREDECESSOR, REALTIME_ENGINES } from "./engines.ts";
import type { Latencies } from "./latency.ts";
import { replaceBenchBlock } from "./readme.ts";
import { renderReport, renderSummary } from "./report.ts";
import type { EngineResults, Results } from "./results.ts";
import { quantile, seededRandom, summarize } from "./statistics.ts";
import { checkTargets } from "./targets.ts";

const SCAN = { found: 50, cpuMs: 0.08, wallMs: 0.1 };

function latencies(toNetsh: number): Latencies {
  return {
    toNetsh: [toNetsh],
    toWindows: [toNetsh + 105],
    toAnswer: [toNetsh + 107],
    aroundNetsh: [toNetsh + 4],
    toGone: [toNetsh + 105],
  };
}

function engineResults(engine: EngineResults["engine"], toNetsh: number): EngineResults {
  return {
    engine,
    latencies: latencies(toNetsh),
    idle: { cpuPercent: 0.1, ownMb: 50, rssMb: 52, pssMb: 20, names: ["wslfwd", "sh"] },
    burst: { ports: 200, forwarded: 200, netshCount: 2, seconds: 0.3 },
    storm: null,
  };
}

function results(toNetsh: number): Results {
  return {
    machine: {
      cpu: "a <CPU> & more",
      cores: 2,
      memoryGb: 8,
      kernel: "6.18",
      wslfwd: "its sources",
      deno: "2.9.6",
      bpftrace: null,
      load: 0.1,
      date: "2026-01-02",
    },
    seed: 7,
    isQuick: false,
    isExact: true,
    engines: [engineResults(REALTIME_ENGINES[0]!, toNetsh), engineResults(PREDECESSOR, 300)],
    missing: ["an engine does not start: no reason"],
    scans: [{ listeners: 50, connections: 0, sockDiag: SCAN, procNet: SCAN }],
    startUp: { help: [30], toNetsh: [60], firstToNetsh: [] },
    built: { help: [31], toNetsh: [66], firstToNetsh: [1500], sizeMb: 41 },
  };
}

Deno.test("quantile takes the nearest rank", () => {
  const values = [5, 1, 4, 2, 3];
  equal([0.01, 0.5, 0.6, 0.99, 1].map((q) => quantile(values, q)), [1, 3, 3, 5, 5]);
  equal(summarize([7]), { count: 1, p50: 7, p99: 7, max: 7 });
  throws(() => quantile([], 0.5), RangeError);
});

Deno.test("seededRandom repeats itself for a seed and stays in [0, 1)", () => {
  const draw = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));
  equal(draw(7), draw(7));
  ok(draw(7)[0] !== draw(8)[0]);
  ok(draw(7).every((value) => value >= 0 && value < 1));
});

Deno.test("replaceBenchBlock writes between its marks alone, and nothing where there are none", () => {
  const readme = "# A\n<!-- bench -->\nold\n<!-- /bench -->\nB\n";
  const written = "# A\n<!-- bench -->\n\nnew\n\n<!-- /bench -->\nB\n";
  equal(replaceBenchBlock(readme, "new"), written);
  equal(replaceBenchBlock(written, "new"), written);
  equal(replaceBenchBlock("# A\n", "new"), "# A\n");
});

Deno.test("checkTargets tells what is reached from what is not", () => {
  const isReached = (toNetsh: number) =>
    checkTargets(results(toNetsh)).filter(({ what }) => /netsh, p50|times sooner/.test(what)).map((target) =>
      target.isReached
    );
  equal(isReached(2), [true, true, true]);
  equal(isReached(7), [false, false, false]);
});

Deno.test("renderReport and renderSummary show each engine and what was left out", () => {
  const report = renderReport(results(2));
  match(report, /Left out: an engine does not start: no reason\./);
  match(report, /\| real time, bpftrace +\| 2\.0 \/ 2\.0 \/ 2\.0 +\|/);
  match(report, /deno task bench --seed 7/);
  match(renderSummary(results(2)), /\| wslfwd, real time, bpftrace +\| 2\.0 ms/);
});

Deno.test("renderChart makes bars that grow with the logarithm, and escapes what it is told", () => {
  const svg = renderChart(results(10).engines, "a <CPU> & more");
  match(svg, /a &lt;CPU> &amp; more/);
  const widths = [...svg.matchAll(/<rect class="netsh" x="190" y="\d+" width="([\d.]+)" height="14"/g)].map((
    found,
  ) => Number(found[1]));
  equal(widths.length, 2);
  // From 1 ms on: 10 ms is one decade, 300 ms is 2.48.
  ok(Math.abs(widths[1]! / widths[0]! - Math.log10(300)) < 0.01);
});
