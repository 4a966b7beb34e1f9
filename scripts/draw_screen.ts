/** Draws the screen as it looks in a terminal of 80x18, from the code that draws it: docs/screen.svg. usage: deno run -A scripts/draw_screen.ts && deno fmt docs/screen.svg */
import { renderTable } from "../src/cli/screen/table/render_table.ts";
import { NO_KEYS } from "../src/cli/screen/table/rows.ts";
import { escapeHtml } from "../src/page/render_page.ts";
import { endpointAt } from "../src/net/endpoint.ts";
import type { Forward, View } from "../src/view/view.ts";

const COLUMNS = 80, ROWS = 18, CELL = 8.4, LINE = 19, MARGIN = 16;

/** Half past two, local time, so that the clock shows the same everywhere. */
const NOW_MS = new Date(2026, 10, 25, 14, 31).getTime();

const COLORS: Readonly<Record<string, string>> = {
  "1": "#fff",
  "2": "#9aa0a6",
  "31": "#f28b82",
  "33": "#fdd663",
  "": "#e8eaed",
};

function forward(port: number, program: string, folder: string, ageMs: number, note = ""): Forward {
  const to = endpointAt("tcp", "172.23.21.232", port);
  const rule = { listen: endpointAt("tcp", "0.0.0.0", port), target: { kind: "proxy", to } } as const;
  const what = {
    program,
    pid: port,
    folder,
    ...{ beside: [], missing: [], lanAddress: "192.168.1.20", lanIpv6: null },
    state: "reachable",
    isLoopback: note !== "",
    note,
  } as const;
  return { ...what, rule, sinceMs: NOW_MS - ageMs };
}

const VIEW: View = {
  ...{ engine: "builtin", mode: "auto", listenAddress: "0.0.0.0", lanAddress: "192.168.1.20", lanIpv6: null },
  lanName: "desktop-abc.local",
  ...{ blockedBy: null, endingSinceMs: null, notices: [], keepsRules: false },
  asked: { sinceMs: NOW_MS, opening: [4321], closing: [] },
  forwards: [
    forward(5173, "vite", "/home/ann/shop/web", 60_000, "on 127.0.0.1, opened by wslfwd"),
    forward(3000, "node", "/home/ann/shop/api", 420_000),
    forward(8000, "python3", "/home/ann/notes", 7_200_000),
  ],
  rejections: [{
    ...{ protocol: "tcp", hostPort: 5432, reason: "loopback", detail: "127.0.0.1" },
    listener: { ...endpointAt("tcp", "127.0.0.1", 5432), inode: 1, uid: 0, v6only: false },
    program: { name: "postgres", pid: 88, aliases: [] },
  }],
};

function drawLine(line: string, row: number): string {
  // deno-lint-ignore no-control-regex -- the colours
  const [, code = "", whole = ""] = /^(?:\x1b\[(\d+)m)?([^\x1b]*)/.exec(line)!;
  // Viewers fold blanks, also where they are told not to.
  const text = whole.trimEnd().replaceAll(" ", "\u00a0");
  const y = MARGIN + row * LINE;
  const back = code === "7"
    ? `<rect x="${MARGIN}" y="${y}" width="${COLUMNS * CELL}" height="${LINE}" fill="#e8eaed"/>`
    : "";
  const fill = code === "7" ? "#202124" : COLORS[code] ?? COLORS[""];
  return `${back}<text x="${MARGIN}" y="${y + 14}" fill="${fill}" textLength="${[...text].length * CELL}">${
    escapeHtml(text)
  }</text>`;
}

const options = { columns: COLUMNS, rows: ROWS, color: true, nowMs: NOW_MS, home: "/home/ann" };
const lines = renderTable(VIEW, options, { ...NO_KEYS, hasKeys: true, selected: "port tcp 5173" });
const width = COLUMNS * CELL + 2 * MARGIN, height = lines.length * LINE + 2 * MARGIN;
const svg =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">
<title>The screen of wslfwd</title>
<rect width="100%" height="100%" rx="8" fill="#202124"/>
${lines.map(drawLine).filter((line) => !line.includes('textLength="0"')).join("\n")}
</svg>
`;
await Deno.writeTextFile(new URL("../docs/screen.svg", import.meta.url), svg);
