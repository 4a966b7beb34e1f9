import type { EngineResults } from "./results.ts";
import { summarize } from "./statistics.ts";
import { formatNumber } from "./target.ts";

const WIDTH = 760, LEFT = 190, RIGHT = 90, TOP = 64, BAR = 14, GROUP = 48, BOTTOM = 44;

/** What is drawn of each engine. */
const BARS = [
  {
    className: "netsh",
    label: "listen() → netsh starts",
    values: (each: EngineResults) => each.latencies.toNetsh,
  },
  {
    className: "answer",
    label: "listen() → first answer on the LAN",
    values: (each: EngineResults) => each.latencies.toAnswer,
  },
] as const;

/** Follows the reader's choice of light or dark; needs no font but the reader's own. */
const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .small { font-size: 11px; fill: #59636e; }
  .grid { stroke: #d1d9e0; }
  .netsh { fill: #0969da; }
  .answer { fill: #8c959f; }
  .tail { stroke: #59636e; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .netsh { fill: #4493f8; }
    .answer { fill: #656c76; }
    .tail { stroke: #9198a1; }
  }
`;

/** Bars for the medians, with a line on to the 99th percentile, on a logarithmic scale. */
export function renderChart(engines: readonly EngineResults[], note: string): string {
  const height = TOP + engines.length * GROUP + BOTTOM;
  const most = Math.max(...engines.flatMap((each) => BARS.map(({ values }) => summarize(values(each)).p99)));
  const least = Math.min(1, ...engines.map((each) => summarize(each.latencies.toNetsh).p50));
  const from = 10 ** Math.floor(Math.log10(least)), decades = Math.ceil(Math.log10(most / from));
  const x = (ms: number) => LEFT + (WIDTH - LEFT - RIGHT) * Math.log10(Math.max(ms, from) / from) / decades;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>How long it takes from listen() to netsh and to the first answer on the LAN</title>`,
    `<style>${STYLE}</style>`,
    ...renderLegend(),
    ...Array.from({ length: decades + 1 }, (_, i) => renderTick(x(from * 10 ** i), from * 10 ** i, height)),
    ...engines.flatMap((each, i) => renderEngine(each, TOP + i * GROUP, x)),
    text(WIDTH - 12, height - 10, note, "small", "end"),
    "</svg>",
  ];
  return parts.join("\n") + "\n";
}

function renderLegend(): string[] {
  return BARS.flatMap(({ className, label }, i) => {
    const left = LEFT + i * 210;
    return [
      `<rect class="${className}" x="${left}" y="16" width="12" height="12" rx="2"/>`,
      text(left + 18, 26, label),
    ];
  }).concat(text(16, 26, "p50, line to p99", "small"));
}

function renderTick(x: number, ms: number, height: number): string {
  const label = ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
  return `<line class="grid" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${TOP - 14}" y2="${
    height - BOTTOM
  }"/>` +
    text(x, TOP - 18, label, "small", "middle");
}

function renderEngine(each: EngineResults, top: number, x: (ms: number) => number): string[] {
  const title = each.engine.isWslfwd ? each.engine.title : "predecessor’s loop";
  return [
    text(16, top + BAR + 6, title, each.engine.intervalMs === null ? "title" : ""),
    ...BARS.flatMap(({ className, values }, i) => {
      const { p50, p99 } = summarize(values(each));
      const y = top + 2 + i * (BAR + 3), middle = y + BAR / 2;
      const width = Math.max(2, x(p50) - LEFT);
      return [
        `<rect class="${className}" x="${LEFT}" y="${y}" width="${
          width.toFixed(1)
        }" height="${BAR}" rx="2"/>`,
        `<line class="tail" x1="${x(p50).toFixed(1)}" x2="${
          x(p99).toFixed(1)
        }" y1="${middle}" y2="${middle}"/>`,
        text(x(p99) + 6, middle + 4, `${formatNumber(p50)} ms`, ""),
      ];
    }),
  ];
}

function text(x: number, y: number, content: string, className = "", anchor = "start"): string {
  const escaped = content.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}"${className && ` class="${className}"`}${
    anchor === "start" ? "" : ` text-anchor="${anchor}"`
  }>${escaped}</text>`;
}
