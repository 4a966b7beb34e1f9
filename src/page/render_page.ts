import { formatUrl, isWebPort, urlOf } from "../view/url.ts";
import type { QrCode } from "../qr/encode_qr.ts";
import { distinctPorts, type Forward, type View } from "../view/view.ts";

/** What the page says besides the view. */
export interface PageOptions {
  /** The host that the device typed, in the form of a URL: an address or a name. */
  readonly host: string;
  /** The page's own port, which is not worth a line. */
  readonly port: number;
  /** The titles of the pages behind the ports, by port; hostile text. */
  readonly titles: ReadonlyMap<number, string>;
  /** The code of this page's own URL. */
  readonly code: QrCode;
}

/** The whole page: what is reachable as links, readable without a script. Shows no more than the table does. */
export function renderPage(view: View, options: PageOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>wslfwd</title>
<link rel="stylesheet" href="/page.css">
<link rel="icon" href="data:,">
<script src="/page.js" defer></script>
</head>
<body>
<main id="list">
${renderList(view, options)}</main>
<footer>
${renderName(view, options)}<p>Scan this on the next device:</p>
${renderSvg(options.code)}
</footer>
</body>
</html>
`;
}

/** The name that the page goes by as well, and keeps where the address changes; nothing where there is none. */
function renderName({ lanName }: View, { host, port }: PageOptions): string {
  if (lanName === null || host === lanName) return "";
  const url = escapeHtml(formatUrl(lanName, port));
  return `<p>This page is also at <a href="${url}">${url}</a>, on devices in this network.</p>\n`;
}

/** The part of the page that changes. */
export function renderList(view: View, { host, port, titles }: PageOptions): string {
  const forwards = distinctPorts(view.forwards).filter(({ rule, state }) =>
    state === "reachable" && rule.listen.port !== port
  );
  const count = forwards.length;
  const head = `<h1>${count === 0 ? "Nothing is open yet" : `${count} reachable`}</h1>\n`;
  const items = forwards.map((forward) => renderItem(forward, host, titles.get(forward.rule.listen.port)));
  return count === 0 ? head : `${head}<ul>\n${items.join("")}</ul>\n`;
}

function renderItem({ rule, program, folder }: Forward, host: string, title: string | undefined): string {
  const url = urlOf(host, rule.listen), name = program ?? "unknown";
  const where = folder === null ? name : `${name} in ${folder.slice(folder.lastIndexOf("/") + 1) || "/"}`;
  const inside = `<b>${escapeHtml(title ?? name)}</b><span>${escapeHtml(url)}</span><small>${
    escapeHtml(where)
  }</small>`;
  const isWeb = rule.listen.protocol === "tcp" && isWebPort(rule.listen.port);
  return isWeb ? `<li><a href="${escapeHtml(url)}">${inside}</a></li>\n` : `<li><div>${inside}</div></li>\n`;
}

/** Text as HTML shows it, in elements and in quoted attributes; what a reader cannot see is left out. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}\p{DI}]/gu, "\ufffd").replaceAll(
    /[&<>"']/g,
    (character) => `&#${character.codePointAt(0)};`,
  );
}

/** Black on white in either scheme: a dark page must not turn it round. */
function renderSvg(code: QrCode): string {
  const size = code.length + 8;
  const path = code.flatMap((row, y) =>
    row.flatMap((isDark, x) => isDark ? [`M${x + 4} ${y + 4}h1v1h-1z`] : [])
  )
    .join("");
  return `<svg viewBox="0 0 ${size} ${size}" role="img" aria-label="code of this page" shape-rendering="crispEdges">` +
    `<rect width="${size}" height="${size}" fill="#fff"/><path fill="#000" d="${path}"/></svg>`;
}
