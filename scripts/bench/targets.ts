import type { EngineResults, Results } from "./results.ts";
import { summarize } from "./statistics.ts";
import { below, type Target } from "./target.ts";
import { helperTargets } from "./udp/report_udp.ts";
import { loopbackTargets } from "./loopback/report_loopback.ts";

/** Memory at rest that differs by less is flat, in MB. The storm is the first work: it also compiles code. */
const FLAT_MB = 5, FIRST_WORK_MB = 30;

/** Every target, beside what was found. */
export function checkTargets(results: Results): Target[] {
  const wslfwd = results.engines.filter(({ engine }) => engine.isWslfwd);
  const predecessor = results.engines.find(({ engine }) => !engine.isWslfwd)!;
  return [
    ...wslfwd.flatMap((each) =>
      each.engine.intervalMs === null
        ? realtimeTargets(each, predecessor)
        : pollingTargets(each, each.engine.intervalMs)
    ),
    ...wslfwd.flatMap(commonTargets),
    ...scanTargets(results),
    ...startTargets(results),
    ...results.loopback === null ? [] : loopbackTargets(results.loopback),
    ...results.helper === null ? [] : helperTargets(results.helper),
  ];
}

function realtimeTargets(each: EngineResults, predecessor: EngineResults): Target[] {
  const { engine: { title }, latencies } = each;
  const toNetsh = summarize(latencies.toNetsh);
  const ratio = summarize(predecessor.latencies.toNetsh).p50 / toNetsh.p50;
  return [
    below(`${title}: listen() → netsh, p50`, toNetsh.p50, 3, "ms"),
    below(`${title}: listen() → netsh, p99`, toNetsh.p99, 10, "ms"),
    {
      what: `${title}: times sooner than the predecessor's loop, p50`,
      limit: "≥ 50",
      found: ratio.toFixed(0),
      isReached: ratio >= 50,
    },
    below(
      `${title}: first answer on the LAN, beyond the one netsh, p50`,
      summarize(latencies.aroundNetsh).p50,
      10,
      "ms",
    ),
    ...stormTargets(each),
  ];
}

function stormTargets({ engine: { title }, storm }: EngineResults): Target[] {
  if (storm === null) return [];
  const { before, afterStorm, afterCycles } = storm.memory;
  const cycles = storm.cycles.toLocaleString("en");
  return [
    {
      what: `${title}: after ${storm.pairs.toLocaleString("en")} open/close pairs in ${
        storm.seconds.toFixed(1)
      } s`,
      limit: "rules equal listeners",
      found: storm.areRulesRight ? `they do, ${storm.settleSeconds.toFixed(1)} s later` : "they do not",
      isReached: storm.areRulesRight,
    },
    {
      what: `${title}: netsh at once in the storm`,
      limit: "1",
      found: `${storm.netshAtOnce}`,
      isReached: storm.netshAtOnce === 1,
    },
    ...storm.longestBlock === null ? [] : [
      below(
        `${title}: longest block of the event loop in the storm (CPU time)`,
        storm.longestBlock.cpuMs,
        50,
        "ms",
      ),
    ],
    below(
      `${title}: memory at rest after the storm, more than before`,
      afterStorm - before,
      FIRST_WORK_MB,
      "MB",
    ),
    below(`${title}: and after ${cycles} open/close cycles, more`, afterCycles - afterStorm, FLAT_MB, "MB"),
  ];
}

function pollingTargets({ engine: { title }, latencies }: EngineResults, intervalMs: number): Target[] {
  return [
    below(`${title}: listen() → netsh, longest`, summarize(latencies.toNetsh).max, intervalMs + 5, "ms"),
  ];
}

function commonTargets({ engine: { title, intervalMs }, idle, burst }: EngineResults): Target[] {
  const targets: Target[] = [{
    what: `${title}: netsh for ${burst.ports} ports opened at once`,
    limit: "≤ 4, none missed",
    found: `${burst.netshCount}, ${burst.ports - burst.forwarded} missed`,
    isReached: burst.netshCount <= 4 && burst.forwarded === burst.ports,
  }];
  // Whoever asks for ten times as many looks has asked for what they cost.
  if (intervalMs === null || intervalMs >= 500) {
    targets.push(
      below(`${title}: idle CPU with all its processes`, idle.cpuPercent, 0.5, "%"),
      below(`${title}: idle memory of wslfwd itself`, idle.ownMb, 60, "MB"),
    );
  }
  return targets;
}

function scanTargets({ scans }: Results): Target[] {
  return scans.filter(({ listeners, connections }) => listeners === 50 && connections <= 5000).map((row) =>
    below(
      `one scan, 50 listeners, ${row.connections.toLocaleString("en")} connections`,
      row.sockDiag.cpuMs,
      0.3,
      "ms",
    )
  );
}

function startTargets({ startUp, built }: Results): Target[] {
  const targets = [below("`wslfwd --help` from source, p50", summarize(startUp.help).p50, 60, "ms")];
  if (built === null) return targets;
  const ratio = summarize(built.toNetsh).p50 / summarize(startUp.toNetsh).p50;
  targets.push({
    what: "dist/wslfwd: warm start → netsh, against from source, p50",
    limit: "≤ 1.3 ×",
    found: `${ratio.toFixed(2)} ×`,
    isReached: ratio <= 1.3,
  });
  if (built.firstToNetsh.length > 0) {
    targets.push(
      below("dist/wslfwd: first start → netsh, longest", summarize(built.firstToNetsh).max, 2000, "ms"),
      below("dist/wslfwd: size", built.sizeMb, 50, "MB"),
    );
  }
  return targets;
}
