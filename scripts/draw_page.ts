/** Draws the page for a phone, 360 pixels wide, light and dark, from the code that serves it: docs/page.svg. usage: deno run -A scripts/draw_page.ts && deno fmt docs/page.svg */
import { endpointAt } from "../src/net/endpoint.ts";
import { PAGE_CSS } from "../src/page/page_files.ts";
import { renderList } from "../src/page/render_page.ts";
import type { Forward, View } from "../src/view/view.ts";

const WIDTH = 360, HEIGHT = 440, GAP = 24, HOST = "192.168.1.20";

function forward(port: number, program: string, folder: string): Forward {
  const to = endpointAt("tcp", "172.28.16.2", port), listen = endpointAt("tcp", "0.0.0.0", port);
  const rule = { listen, target: { kind: "proxy", to } } as const;
  const what = {
    program,
    folder,
    pid: port,
    lanAddress: HOST,
    isLoopback: false,
    beside: [],
    missing: [],
    lanIpv6: null,
  } as const;
  return { ...what, rule, state: "reachable", note: "", sinceMs: 0 };
}

const VIEW: View = {
  ...{ engine: "builtin", mode: "auto", listenAddress: "0.0.0.0", lanAddress: HOST, asked: null },
  ...{ blockedBy: null, endingSinceMs: null, notices: [], keepsRules: false, rejections: [] },
  lanName: "desktop-abc.local",
  lanIpv6: null,
  forwards: [
    forward(5173, "vite", "/home/ann/shop/web"),
    forward(3000, "node", "/home/ann/shop/api"),
    forward(8000, "python3", "/home/ann/notes"),
  ],
};

const titles = new Map([[5173, "Ann's shop"], [3000, "Orders"]]);
const list = renderList(VIEW, { host: HOST, port: 8088, titles, code: [] });
// The page's own rules, for an element instead of a whole document; the picture is an svg itself.
const css = PAGE_CSS.replaceAll(/^(:root|body)(?= \{)/gm, ".page").replaceAll(/^(svg|footer) .*\n/gm, "")
  .replaceAll(/(\d*\.?\d+)rem/g, (_, rem: string) => `${Number(rem) * 18}px`);

function drawOn(scheme: "light" | "dark", x: number): string {
  const style = `color-scheme: ${scheme}; background: Canvas; color: CanvasText; height: ${HEIGHT}px; ` +
    "box-sizing: border-box; border-radius: 12px";
  return `<foreignObject x="${x}" y="0" width="${WIDTH}" height="${HEIGHT}">
<div xmlns="http://www.w3.org/1999/xhtml" class="page" style="${style}">
${list}</div>
</foreignObject>`;
}

const width = 2 * WIDTH + GAP;
const svg =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}">
<title>The page of wslfwd on a phone, light and dark</title>
<style>${css}</style>
${drawOn("light", 0)}
${drawOn("dark", WIDTH + GAP)}
</svg>
`;
await Deno.writeTextFile(new URL("../docs/page.svg", import.meta.url), svg);
