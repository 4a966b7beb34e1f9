import { Network } from "../../../tests/helper/network.ts";
import { renderTable } from "../render_table.ts";
import { summarize } from "../statistics.ts";
import { below, formatNumber, type Target } from "../target.ts";
import { measureRelay, type UdpFigures, type UdpSize } from "./measure.ts";
import { HELPER_MS, measureOpening, NETSH_MS, type Opening } from "./measure_opening.ts";
import { RELAYS } from "./relays.ts";

/** Everything about the helper on Windows. */
export interface HelperResults {
  /** Of each relay, the first of which is none; null for one that is not installed. */
  readonly relays: readonly (UdpFigures | null)[];
  /** Opening a port of TCP. */
  readonly opening: Opening;
}

/** How much is measured: two minutes, or half of one. */
const FULL: UdpSize & { readonly opened: number } = {
  pings: 10_000,
  seconds: 1,
  rates: [5_000, 10_000, 15_000, 20_000, 30_000, 50_000, 60_000, 80_000],
  opened: 40,
};
const QUICK: typeof FULL = { pings: 1000, seconds: 1, rates: [2000, 5000], opened: 5 };

/** Measures it all. Takes root and Mono. */
export async function measureHelper(isQuick: boolean): Promise<HelperResults> {
  const size = isQuick ? QUICK : FULL;
  const relays: (UdpFigures | null)[] = [];
  for (const kind of RELAYS) {
    await using network = await Network.open();
    relays.push(await measureRelay(kind, network, size));
  }
  return { relays, opening: await measureOpening(size.opened) };
}

/** What issue 15 promises, beside what was found. */
export function helperTargets({ relays: [none, helper], opening }: HelperResults): Target[] {
  const byHelper = summarize(opening.byHelper);
  const opened = [
    below("with fast rules: listen() → first answer on the LAN, p50", byHelper.p50, 15, "ms"),
    below("with fast rules: listen() → first answer on the LAN, p99", byHelper.p99, 40, "ms"),
  ];
  if (none === null || none === undefined || helper === null || helper === undefined) return opened;
  const what = "UDP by the helper under Mono:";
  const added = (key: "p50" | "p99") => (helper.ping[key] - none.ping[key]) / 1000;
  return [
    below(`${what} added latency of 64 bytes there and back, p50`, added("p50"), 0.15, "ms"),
    below(`${what} added latency of 64 bytes there and back, p99`, added("p99"), 0.25, "ms"),
    atLeast(`${what} one way without loss`, helper.oneWay, 50_000),
    atLeast(`${what} there and back without loss`, helper.echo, 20_000),
    {
      what: `${what} 1,000 clients × 20`,
      limit: "20,000 answered, 0 wrong",
      found: `${helper.sessions.answered.toLocaleString("en")} answered, ${helper.sessions.wrong} wrong`,
      isReached: helper.sessions.answered === 20_000 && helper.sessions.wrong === 0,
    },
    below(`${what} memory after that`, helper.memoryMb ?? Infinity, 60, "MB"),
    ...opened,
  ];
}

/** The section of the report, without its title. */
export function renderHelper({ relays, opening }: HelperResults): string {
  const rows = relays.flatMap((relay) => relay === null ? [] : [relayRow(relay)]);
  const cell = (values: readonly number[]) => {
    const { p50, p99, max } = summarize(values);
    return [p50, p99, max].map(formatNumber).join(" / ");
  };
  return [
    renderTable([
      "relay",
      "64 B there and back, µs, p50 / p99",
      "one way without loss",
      "there and back without loss",
      "1,000 clients × 20: answered, wrong",
      "RSS",
    ], rows),
    "The relay on one core, client and service on the other.",
    renderTable(["listen() → answer on the LAN", `ms, p50 / p99 / longest of ${opening.byNetsh.length}`], [
      ["by the helper (`--helper all`)", cell(opening.byHelper)],
      ["by netsh", cell(opening.byNetsh)],
    ]),
    `A netsh takes ${NETSH_MS} ms here, each call of the firewall or of IP Helper by the helper ${HELPER_MS} ms: what they take on a real Windows is not in these figures.`,
  ].join("\n\n");
}

function relayRow({ title, ping, oneWay, echo, sessions, memoryMb }: UdpFigures): string[] {
  return [
    title,
    `${ping.p50} / ${ping.p99}`,
    `${oneWay.toLocaleString("en")}/s`,
    `${echo.toLocaleString("en")}/s`,
    `${sessions.answered.toLocaleString("en")}, ${sessions.wrong}`,
    memoryMb === null ? "–" : `${memoryMb.toFixed(0)} MB`,
  ];
}

function atLeast(what: string, found: number, limit: number): Target {
  return {
    what,
    limit: `≥ ${limit.toLocaleString("en")}/s`,
    found: `${found.toLocaleString("en")}/s`,
    isReached: found >= limit,
  };
}
