import { renderTable } from "../render_table.ts";
import { summarize } from "../statistics.ts";
import { below, formatNumber, type Target } from "../target.ts";
import { measureOpening, type OpeningFigures, type OpeningSize } from "./measure_opening.ts";
import { measureWays, type WayFigures, type WayResults, type WaySize } from "./measure_ways.ts";

/** Everything about services on 127.0.0.1. */
export interface LoopbackResults extends WayResults {
  /** What it takes to open one. */
  readonly opening: OpeningFigures;
}

/** How much of each is measured: half a minute on a machine that does nothing else, or a few seconds. */
const FULL: WaySize & OpeningSize = {
  ...{ rounds: 7, requests: 2000, megabytes: 500 },
  ...{ listens: 20, attaches: 11, idleSeconds: 10, pairs: 3 },
};
const QUICK: typeof FULL = {
  ...{ rounds: 2, requests: 300, megabytes: 50 },
  ...{ listens: 3, attaches: 3, idleSeconds: 1, pairs: 1 },
};

/** Measures it all. Takes root. */
export async function measureLoopback(isQuick: boolean): Promise<LoopbackResults> {
  const size = isQuick ? QUICK : FULL;
  return { ...await measureWays(size), opening: await measureOpening(size) };
}

/** What issue 14 promises, beside what was found. Empty where one of the two was not measured. */
export function loopbackTargets({ ways, opening }: LoopbackResults): Target[] {
  const find = (role: WayFigures["role"]) => ways.find((way) => way.role === role);
  const direct = find("direct"), gate = find("wslfwd");
  if (direct === undefined || gate === undefined) return [];
  const what = "service on 127.0.0.1:";
  const slower = gate.request.p50 / direct.request.p50, through = gate.gigabits / direct.gigabits;
  return [
    {
      what: `${what} connection and request, against direct, p50`,
      limit: "≤ 1.1 ×",
      found: `${slower.toFixed(2)} ×`,
      isReached: slower <= 1.1,
    },
    {
      what: `${what} throughput, against direct`,
      limit: "≥ 0.95 ×",
      found: `${through.toFixed(2)} ×`,
      isReached: through >= 0.95,
    },
    below(`${what} listen() → open, p50`, summarize(opening.toOpen).p50, 5, "ms"),
    below(`${what} the first, loaded and attached, p50`, summarize(opening.attach).p50, 30, "ms"),
    {
      what: `${what} wake-ups in ${opening.idleSeconds} s at rest`,
      limit: "0",
      found: `${opening.wakeUps}`,
      isReached: opening.wakeUps === 0,
    },
    below(`${what} memory of wslfwd, more than without, p50`, summarize(opening.addedMb).p50, 1, "MB"),
  ];
}

/** The section of the report, without its title. */
export function renderLoopback({ ways, missing, opening }: LoopbackResults): string {
  const rows = ways.map(({ title, request, gigabits, cpuSecondsPerGb }) => [
    title,
    `${formatNumber(request.p50)} / ${formatNumber(request.p99)}`,
    gigabits.toFixed(1),
    cpuSecondsPerGb.toFixed(2),
  ]);
  const { p50, p99, max } = summarize(opening.toOpen), attach = summarize(opening.attach);
  return [
    renderTable(
      ["", "connection + request, µs, p50 / p99", "into the guest, Gbit/s", "CPU, s for each GB"],
      rows,
    ),
    "Windows to a service in the guest, over one wire, in turns. direct: it listens at the guest's address; else on 127.0.0.1. CPU: of " +
    "both ends and of what relays. DNAT takes route_localnet in the guest, which lets neighbours reach other services on 127.0.0.1; a " +
    "relay hides who connects, and services that trust 127.0.0.1 trust it: so wslfwd does neither.",
    ...missing.map((line) => `Left out: ${line}.`),
    `listen() on 127.0.0.1 → Windows is let in: ${
      [p50, p99, max].map(formatNumber).join(" / ")
    } ms (p50 / p99 / ` +
    `longest of ${opening.toOpen.length}). The first service of a process, with both programs loaded and attached: ` +
    `${formatNumber(attach.p50)} ms, ${formatNumber(attach.max)} at most.`,
  ].join("\n\n");
}
