import type { Rejection } from "../../../plan/rejection.ts";
import type { Rule } from "../../../plan/rule.ts";
import {
  describeForward,
  describeProgram,
  describeReason,
  formatClock,
  formatSince,
  guestEndpoint,
  lanEndpoint,
} from "../describe.ts";
import { escapeText } from "../escape_text.ts";
import { cutText, fitText, textWidth, wrapText } from "../terminal/text_width.ts";
import type { Forward, Notice, View } from "../../../view/view.ts";

/** The room there is. */
export interface TableOptions {
  /** Columns of the terminal; below 20 is taken as 20. */
  readonly columns: number;
  /** Rows of the terminal; below 8 is taken as 8. */
  readonly rows: number;
  /** Whether to use colours. */
  readonly color: boolean;
  /** The time now: milliseconds since 1970. */
  readonly nowMs: number;
}

/** How a whole line is shown. */
type Style = "bold" | "dim" | "plain" | "red" | "yellow";

const SGR: Readonly<Record<Style, string>> = { bold: "1", dim: "2", plain: "", red: "31", yellow: "33" };

interface Line {
  readonly text: string;
  readonly style: Style;
}

/**
 * The screen, one text for each line: a header, what is wrong, what is forwarded, and what is not and why. No line
 * is wider than the terminal, there are at most as many as it has rows, and what does not fit is counted.
 */
export function renderTable(view: View, options: TableOptions): string[] {
  const columns = Math.max(20, options.columns), rows = Math.max(8, options.rows);
  const head = [
    ...headerLines(view, columns),
    ...view.notices.slice(0, 3).flatMap((notice) => noticeLines(notice, columns, rows < 20 ? 1 : 2)),
  ];
  const foot: Line[] = [{
    text: view.keepsRules ? "Ctrl-C ends wslfwd; the rules stay" : "Ctrl-C ends wslfwd and removes the rules",
    style: "dim",
  }];
  const room = rows - head.length - foot.length - 1;
  const rejected = rejectionBlocks(view.rejections, columns);
  // What is forwarded is what people look for: it gets what the other list leaves, and never less than half.
  const below = rejected.length === 0 ? 0 : rejected.flat().length + 1;
  const forwardRoom = Math.max(room - below, Math.ceil(room / 2));
  const forwarded = limitBlocks(forwardBlocks(view.forwards, columns, options.nowMs), forwardRoom);
  const rest = limitBlocks(rejected, room - forwarded.length - 1);
  const body = rest.length === 0 ? forwarded : [...forwarded, blank, ...rest];
  return [...head, blank, ...body, ...foot].slice(0, rows).map((line) => paint(line, columns, options.color));
}

const blank: Line = { text: "", style: "plain" };

function headerLines(view: View, columns: number): Line[] {
  const counts = [
    `${view.forwards.length} forwarded`,
    ...(view.rejections.length === 0 ? [] : [`${view.rejections.length} not`]),
    `${view.updates} ${view.updates === 1 ? "update" : "updates"}`,
    ...(view.lastUpdateMs === null ? [] : [formatClock(view.lastUpdateMs)]),
  ].join(", ");
  // Before the first look nothing tells of listeners yet.
  const name = `wslfwd ${view.mode}${view.engine === "" ? "" : `, ${escapeText(view.engine)}`}`;
  const whole = `${name}: ${counts}`;
  if (textWidth(whole) <= columns) return [{ text: whole, style: "bold" }];
  return [{ text: name, style: "bold" }, { text: counts, style: "plain" }];
}

/** Cut to a few lines: what is forwarded has to stay in sight. */
function noticeLines({ level, text, count }: Notice, columns: number, limit: number): Line[] {
  const times = count > 1 ? ` (${count} times)` : "";
  const lines = wrapText(`${level}${times}: ${escapeText(text)}`, columns);
  const shown = [...lines.slice(0, limit - 1), cutText(lines.slice(limit - 1).join(" "), columns)];
  return shown.filter((line) => line !== "").map((line) => ({
    text: line,
    style: level === "error" ? "red" : "yellow",
  }));
}

function guestOf({ listen, target }: Rule): string {
  return target.kind === "direct" ? `:${listen.port}` : guestEndpoint(target.to.address, target.to.port);
}

/** Columns from the left: what is needed first comes first where there is no room for all. */
function forwardBlocks(forwards: readonly Forward[], columns: number, nowMs: number): Line[][] {
  if (forwards.length === 0) return [[{ text: "Nothing to forward yet.", style: "plain" }]];
  const cells = forwards.map((forward) => ({
    program: describeForward(forward),
    guest: guestOf(forward.rule),
    lan: lanEndpoint(forward.lanAddress, forward.rule.listen.port),
    since: formatSince(forward.sinceMs, nowMs),
  }));
  cells.unshift({ program: "PROGRAM", guest: "IN WSL", lan: "TYPE THIS", since: "SINCE" });
  const width = (key: "program" | "guest" | "lan" | "since") =>
    Math.max(...cells.map((row) => textWidth(row[key])));
  const lan = Math.min(width("lan"), columns), since = width("since"), guest = width("guest");
  // A program keeps ten columns before anything else is shown beside it.
  const showsSince = columns >= 10 + 2 + lan + 2 + since;
  const showsGuest = columns >= 10 + 2 + lan + 2 + since + 2 + guest;
  const taken = 2 + lan + (showsSince ? 2 + since : 0) + (showsGuest ? 2 + guest : 0);
  const program = Math.min(width("program"), Math.max(0, columns - taken));
  return cells.map((row, index) => [{
    text: [
      ...(program === 0 ? [] : [fitText(row.program, program)]),
      ...(showsGuest ? [fitText(row.guest, guest)] : []),
      fitText(row.lan, lan),
      ...(showsSince ? [row.since] : []),
    ].join("  "),
    style: index === 0 ? "dim" : "plain",
  }]);
}

/** Where the screen is too narrow for the reason beside the port and the program, it stands under them. */
function rejectionBlocks(rejections: readonly Rejection[], columns: number): Line[][] {
  if (rejections.length === 0) return [];
  const names = rejections.map(({ program, listener }) =>
    listener === null ? "fixed port" : describeProgram(program)
  );
  const name = Math.min(Math.max(...names.map(textWidth)), Math.max(10, Math.floor(columns / 4)));
  const blocks = rejections.map((rejection, index): Line[] => {
    const port = String(rejection.hostPort).padStart(5);
    const isWide = columns >= 70, indent = isWide ? 9 + name : 7;
    const lines = wrapText(describeReason(rejection), columns - indent);
    const first = isWide
      ? `${port}  ${fitText(names[index]!, name)}  ${lines.shift()}`
      : `${port}  ${names[index]}`;
    const texts = [first, ...lines.map((line) => " ".repeat(indent) + line)];
    return texts.map((text) => ({ text, style: "plain" }));
  });
  return [[{ text: "NOT FORWARDED", style: "dim" }], ...blocks];
}

/** As many blocks as there is room for, and a line that counts the others. The first block is a title. */
function limitBlocks(blocks: readonly Line[][], room: number): Line[] {
  if (room <= 0) return [];
  if (blocks.flat().length <= room) return blocks.flat();
  const kept: Line[] = [];
  let count = 0;
  while (kept.length + blocks[count]!.length < room) kept.push(...blocks[count++]!);
  return count === 0
    ? []
    : [...kept, { text: `… ${count === 1 ? "" : "and "}${blocks.length - count} more`, style: "dim" }];
}

function paint({ text, style }: Line, columns: number, color: boolean): string {
  const cut = cutText(text, columns).trimEnd();
  return color && style !== "plain" && cut !== "" ? `\x1b[${SGR[style]}m${cut}\x1b[0m` : cut;
}
