import { WINDOWS_LATENCY_MS } from "./latency.ts";
import { renderHelper } from "./udp/report_udp.ts";
import { renderLoopback } from "./loopback/report_loopback.ts";
import { renderTable as table } from "./render_table.ts";
import type { EngineResults, Results } from "./results.ts";
import type { ScanCost } from "./scan_cost.ts";
import { summarize } from "./statistics.ts";
import { formatNumber } from "./target.ts";
import { checkTargets } from "./targets.ts";

/** Everything that a run found, as Markdown. */
export function renderReport(results: Results): string {
  const parts = [
    "# Bench",
    describeRun(results),
    "## Targets",
    renderTargets(results),
    "## From listen() to the LAN, and back",
    "![listen() to netsh and to the first answer on the LAN](bench.svg)",
    `Milliseconds, as p50 / p99 / longest of ${results.engines[0]!.latencies.toNetsh.length} each.`,
    renderLatencies(results.engines),
    describeLatencies(results),
    "## At rest",
    renderIdle(results.engines),
    "With five services forwarded. CPU: per cent of one core, with all processes that belong to it. RSS counts for each process " +
    "what several share; PSS divides it among them. The predecessor's loop is a model: its CPU is mostly netstat's, and its memory " +
    "is no Python's.",
    "## Many ports at once",
    renderBursts(results.engines),
    "## The storm",
    renderStorms(results.engines),
    "## One scan",
    renderScans(results),
    "## Start",
    renderStart(results),
    ...results.loopback === null ? [] : ["## Services on 127.0.0.1", renderLoopback(results.loopback)],
    ...results.helper === null ? [] : ["## The helper on Windows", renderHelper(results.helper)],
  ];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

/** The few figures for the README. */
export function renderSummary({ engines, machine }: Results): string {
  const rows = engines.map(({ engine, latencies, idle }) => {
    const toNetsh = summarize(latencies.toNetsh), toAnswer = summarize(latencies.toAnswer);
    return [
      engine.isWslfwd ? `wslfwd, ${engine.title}` : engine.title,
      ...[toNetsh.p50, toNetsh.p99, toAnswer.p50].map((ms) => `${formatNumber(ms)} ms`),
      engine.isWslfwd ? `${formatNumber(idle.cpuPercent)} %` : "–",
    ];
  });
  const title = ["", "listen() → netsh, p50", "p99", "→ first answer on the LAN, p50", "idle CPU"];
  return table(title, rows) +
    `\n\nSimulated Windows whose netsh takes ${WINDOWS_LATENCY_MS} ms, on ${machine.cores} cores ` +
    `(${machine.cpu}), kernel ${machine.kernel}, ${machine.date}; \`deno task bench\`. All figures: [docs/bench.md](docs/bench.md).`;
}

function describeRun({ machine, seed, isQuick, isExact, missing }: Results): string {
  const lines = [
    `${machine.date}, \`deno task bench --seed ${seed}\`: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB; Linux ` +
    `${machine.kernel}, Deno ${machine.deno}, wslfwd as ${machine.wslfwd}, bpftrace ${
      machine.bpftrace ?? "not there"
    }; load ${machine.load.toFixed(1)} before.`,
    `A simulated Windows in a network namespace, with real TCP through it; each of its programs takes ${WINDOWS_LATENCY_MS} ms. ` +
    "What a real Windows adds is not in these figures, and the same for all that is compared.",
    ...missing.map((why) => `Left out: ${why}.`),
  ];
  if (!isExact) {
    lines.push(
      "The start of netsh is what Windows noted: later by the start of the program that stands for it.",
    );
  }
  if (isQuick) {
    lines.push(
      "**A quick run: few samples, side by side. It shows that the bench works, and nothing else.**",
    );
  }
  return lines.join("\n\n");
}

function renderTargets(results: Results): string {
  const rows = checkTargets(results).map((
    { what, limit, found, isReached },
  ) => [isReached ? "✓" : "✗", what, limit, found]);
  return table(["", "what", "target", "found"], rows);
}

function renderLatencies(engines: readonly EngineResults[]): string {
  const cell = (values: readonly number[]) => {
    const { p50, p99, max } = summarize(values);
    return [p50, p99, max].map(formatNumber).join(" / ");
  };
  const rows = engines.map((
    { engine, latencies: { toNetsh, toWindows, toAnswer, toGone } },
  ) => [engine.title, ...[toNetsh, toWindows, toAnswer, toGone].map(cell)]);
  return table(
    ["", "listen() → netsh", "→ Windows listens", "→ answer on the LAN", "close() → rules gone"],
    rows,
  );
}

function describeLatencies({ isExact }: Results): string {
  return "listen(): right before the call. netsh: " +
    (isExact ? "its process exists (tracepoint sched_process_exec)" : "Windows has its request") +
    ". Rules gone: neither the portproxy entry nor the firewall rule is there, with `--linger 0`. Each listen() and close() comes at a " +
    "random moment between two looks. The predecessor's loop: `netstat -tpln`, two netsh in turn for each port, half a second of sleep " +
    "(scripts/bench/predecessor.ts).";
}

function renderIdle(engines: readonly EngineResults[]): string {
  const rows = engines.map(({ engine, idle }) => [
    engine.title,
    `${formatNumber(idle.cpuPercent)} %`,
    ...[idle.ownMb, idle.rssMb, idle.pssMb].map((mb) => `${mb.toFixed(0)} MB`),
    idle.names.join(", "),
  ]);
  return table(["", "CPU", "RSS of itself", "RSS of all", "PSS of all", "processes"], rows);
}

function renderBursts(engines: readonly EngineResults[]): string {
  const rows = engines.map(({ engine, burst }) => [
    engine.title,
    `${burst.ports}`,
    `${burst.forwarded}`,
    `${burst.netshCount}`,
    `${formatNumber(burst.seconds)} s`,
  ]);
  return table(["", "opened", "forwarded", "netsh", "until the last"], rows);
}

function renderStorms(engines: readonly EngineResults[]): string {
  const rows = engines.flatMap(({ engine, storm }) => {
    if (storm === null) return [];
    const block = storm.longestBlock;
    const { before, most, afterStorm, afterCycles } = storm.memory;
    return [[
      engine.title,
      `${storm.pairs.toLocaleString("en")} in ${storm.seconds.toFixed(1)} s`,
      storm.areRulesRight ? "yes" : "no",
      `${storm.netshCount}, ${storm.netshAtOnce} at once`,
      block === null ? "–" : `${formatNumber(block.cpuMs)} ms (${formatNumber(block.wallMs)} by the clock)`,
      [before, afterStorm, afterCycles].map((mb) => mb.toFixed(0)).join(" → "),
      most.toFixed(0),
    ]];
  });
  const cycles = engines.find(({ storm }) => storm !== null)?.storm?.cycles.toLocaleString("en") ?? "0";
  const title = ["", "open/close pairs", "rules right", "netsh", "longest block", "MB at rest", "MB at most"];
  return table(title, rows) +
    `\n\nAs fast as the kernel allows, then ${cycles} pairs more slowly; twenty services stay open throughout. netsh counts both. ` +
    "Block: the longest that the event loop ran between two waits in the storm, as CPU time. Memory: RSS of wslfwd's own process, " +
    "at rest before the storm, after it and after the slower pairs, and the most that was seen.";
}

function renderScans({ scans }: Results): string {
  const cell = ({ cpuMs, wallMs }: ScanCost) => `${formatNumber(cpuMs)} ms (${formatNumber(wallMs)})`;
  const rows = scans.map(({ listeners, connections, sockDiag, procNet }) => [
    `${listeners}`,
    connections.toLocaleString("en"),
    cell(sockDiag),
    cell(procNet),
  ]);
  return table(["listeners", "connections", "netlink", "/proc (fallback)"], rows) +
    "\n\nCPU time, and by the clock. Both ends of each connection are in the same namespace.";
}

function renderStart({ startUp, built }: Results): string {
  const cell = (values: readonly number[]) => {
    if (values.length === 0) return "–";
    const { p50, max } = summarize(values);
    return `${formatNumber(p50)} / ${formatNumber(max)}`;
  };
  const row = (
    title: string,
    { help, toNetsh, firstToNetsh }: Results["startUp"],
  ) => [title, cell(help), cell(toNetsh), cell(firstToNetsh)];
  const rows = [row("from source", startUp)];
  if (built !== null) rows.push(row(`dist/wslfwd, ${built.sizeMb.toFixed(0)} MB`, built));
  return table(["", "`--help`", "start → netsh", "first start → netsh"], rows) +
    "\n\nMilliseconds, p50 / longest. Windows' programs answer at once here.";
}
