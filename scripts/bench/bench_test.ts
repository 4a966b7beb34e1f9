import { deepStrictEqual as equal, match, ok, throws } from "node:assert/strict";
import { renderChart } from "./chart.ts";
import { PREDECESSOR, REALTIME_ENGINES } from "./engines.ts";
import type { Latencies } from "./latency.ts";
import { helperTargets } from "./udp/report_udp.ts";
import { type LoopbackResults, loopbackTargets } from "./loopback/report_loopback.ts";
import type { WayFigures } from "./loopback/measure_ways.ts";
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
    loopback: null,
    helper: null,
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

function loopbackResults(gateUs: number, gigabits: number): LoopbackResults {
  const way = (title: string, role: WayFigures["role"], p50: number, gigabits: number) => ({
    title,
    role,
    request: { p50, p99: p50 * 3 },
    gigabits,
    cpuSecondsPerGb: 0.4,
  });
  return {
    ways: [way("direct", "direct", 100, 20), way("wslfwd (sk_lookup)", "wslfwd", gateUs, gigabits)],
    missing: ["nftables DNAT: there is no nft"],
    opening: { toOpen: [3], attach: [20], wakeUps: 0, idleSeconds: 10, addedMb: [0.3] },
  };
}

Deno.test("loopbackTargets compares with what needs no help", () => {
  const missed = (gateUs: number, gigabits: number) =>
    loopbackTargets(loopbackResults(gateUs, gigabits)).filter(({ isReached }) => !isReached).length;
  equal([missed(110, 19), missed(111, 19), missed(110, 18.9), missed(150, 10)], [0, 1, 1, 2]);
  equal(loopbackTargets({ ...loopbackResults(1, 1), ways: [] }), []);
});

Deno.test("renderReport has a section on services on 127.0.0.1 where they were measured", () => {
  const report = renderReport({ ...results(2), loopback: loopbackResults(105, 19) });
  match(report, /## Services on 127\.0\.0\.1\n[^]*\| wslfwd \(sk_lookup\) +\| 105 \/ 315 +\| 19\.0 /);
  match(report, /Left out: nftables DNAT: there is no nft\./);
  match(report, /✓ +\| service on 127\.0\.0\.1: throughput, against direct +\| ≥ 0\.95 × +\| 0\.95 ×/);
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

Deno.test("helperTargets asks what the relay adds, and how soon a port is open", () => {
  const relay = (title: string, p50: number) => ({
    title,
    ping: { answered: 1000, p50, p99: 2 * p50 },
    oneWay: 50_000,
    echo: 20_000,
    sessions: { answered: 20_000, wrong: 0 },
    memoryMb: 40,
  });
  const missed = (p50: number, openMs: number) =>
    helperTargets({
      relays: [relay("none", 100), relay("helper", p50)],
      opening: { byHelper: [openMs], byNetsh: [110] },
    }).filter(({ isReached }) => !isReached).length;
  equal([missed(200, 10), missed(300, 10), missed(200, 30), missed(200, 50)], [0, 2, 1, 2]);
});
