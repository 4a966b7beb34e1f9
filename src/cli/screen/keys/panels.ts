import type { Forward, View } from "../../../view/view.ts";
import { urlsFor } from "../../../view/addresses.ts";
import { urlOf } from "../../../view/url.ts";
import { formatEndpoint } from "../../../net/address.ts";
import { drawQr } from "../../../qr/draw_qr.ts";
import type { QrCode } from "../../../qr/encode_qr.ts";
import { describeForward, formatClock, shortenFolder } from "../describe.ts";
import { describeMissing } from "../describe_missing.ts";
import { escapeText } from "../escape_text.ts";
import { cutText, wrapText } from "../terminal/text_width.ts";

/** The room that a panel has. */
export interface PanelOptions {
  /** Columns of the terminal. */
  readonly columns: number;
  /** Rows of the terminal. */
  readonly rows: number;
  /** The folder that `~` stands for; null for none. */
  readonly home: string | null;
}

const HELP: readonly (readonly [key: string, meaning: string])[] = [
  ["↑ ↓ j k", "select a line; PgUp, PgDn, Home, End, g, G go further"],
  ["Enter, o", "the code to scan and all addresses; opens a line of many ports"],
  ["c", "copy the URL (where the terminal lets programs do that)"],
  ["w", "why it answers, or does not"],
  ["x", "close it, or open what is held back or on 127.0.0.1, for this run"],
  ["/", "show only lines with a text in them; Esc shows all"],
  ["q, Ctrl-C", "end wslfwd"],
];

/** What each key does. */
export function helpPanel({ columns, rows }: PanelOptions): string[] {
  const lines = HELP.flatMap(([key, meaning]) => {
    const [first, ...rest] = wrapText(meaning, Math.max(10, columns - 11));
    return [`${key.padEnd(9)}  ${first}`, ...rest.map((line) => " ".repeat(11) + line)];
  });
  return fill(["What the keys do", "", ...lines], "any key goes back", { columns, rows });
}

/** What `why` says, from its line `top` on. */
export function whyPanel(
  port: number,
  said: readonly string[] | null,
  top: number,
  { columns, rows }: PanelOptions,
): string[] {
  const lines = said === null ? ["asking …"] : said.slice(top).flatMap((line) => wrapText(line, columns));
  return fill([`Why ${port}`, "", ...lines], "↑↓ scroll, any other key goes back", { columns, rows });
}

/** The code of a port and every address of it. `code`: null while it is being made. Fit for a terminal, colours in it. */
export function detailPanel(
  forward: Forward,
  view: View,
  code: QrCode | null,
  { columns, rows, home }: PanelOptions,
): string[] {
  const texts = addressesOf(forward, view, home);
  const foot = "c copy  w why  any other key goes back";
  const isBeside = columns >= 72;
  const room = { color: true, columns: isBeside ? columns - 32 : columns, rows: rows - (isBeside ? 1 : 2) };
  const drawn = code === null ? null : drawQr(code, room);
  if (drawn === null) return fill(texts.flatMap((text) => wrapText(text, columns)), foot, { columns, rows });
  if (!isBeside) {
    const left = rows - 1 - drawn.length;
    return [...drawn, ...texts.slice(0, left).map((text) => cutText(text, columns)), cutText(foot, columns)];
  }
  // The code's own colours end with each line, and its width is that of its modules.
  const width = code!.length + 2 * ((drawn.length * 2 - code!.length) >> 1);
  const beside = texts.flatMap((text) => wrapText(text, columns - width - 3));
  const lines = drawn.map((line, index) => `${line}  ${beside[index] ?? ""}`.trimEnd());
  return [...lines, ...beside.slice(drawn.length), foot].slice(0, rows);
}

function addressesOf(forward: Forward, view: View, home: string | null): string[] {
  const { rule, beside, missing, folder, sinceMs } = forward;
  const { listen, target } = rule, { lanName } = view;
  const urls = urlsFor(view, [rule, ...beside]).map(escapeText);
  return [
    ...urls,
    ...(lanName === null ? [] : [`or ${urlOf(escapeText(lanName), listen)}`]),
    ...(missing.length === 0 ? [] : [describeMissing(missing)]),
    "",
    describeForward(forward),
    ...(folder === null ? [] : [`in ${shortenFolder(folder, home)}`]),
    `since ${formatClock(sinceMs)}`,
    ...(target.kind === "proxy"
      ? [`in WSL: ${formatEndpoint(escapeText(target.to.address), target.to.port)}`]
      : []),
    ...(forward.state === "blocked" ? [`blocked: ${view.blockedBy}`] : []),
  ];
}

/** The lines, at most as many as there is room for, and the last one under them. */
function fill(
  lines: readonly string[],
  foot: string,
  { columns, rows }: Pick<PanelOptions, "columns" | "rows">,
): string[] {
  return [...lines.slice(0, rows - 1), foot].map((line) => cutText(line, columns));
}
