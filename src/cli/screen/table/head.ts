import { distinctPorts, type Notice, type View } from "../../../view/view.ts";
import { countOf, describeLanName } from "../describe.ts";
import { escapeText } from "../escape_text.ts";
import { cutText, wrapText } from "../terminal/text_width.ts";
import type { Line } from "./line.ts";
import type { Look } from "./rows.ts";

/** How long Windows may take before it is said that it does not answer, in milliseconds. */
export const SLOW_MS = 3000;

/** So many notices are shown. */
const MAX_NOTICES = 3;

/** The first lines: how many ports can be reached, and what is wrong. */
export function headLines(view: View, columns: number, rows: number, nowMs: number): Line[] {
  const lines = wrapText(countPorts(view, nowMs), columns).map((text): Line => ({ text, style: "bold" }));
  const slow = describeSlow(view, nowMs);
  if (slow !== null) lines.push(...wrapText(slow, columns).map((text): Line => ({ text, style: "yellow" })));
  const name = describeName(view, columns, rows);
  if (name !== null) lines.push({ text: name, style: "dim" });
  const shown = view.notices.slice(0, MAX_NOTICES);
  return [...lines, ...shown.flatMap((notice) => noticeLines(notice, columns, rows < 20 ? 1 : 2))];
}

/** By what name the addresses go, too; null where there is none, or no room for it. */
function describeName(
  { lanName, forwards, endingSinceMs }: View,
  columns: number,
  rows: number,
): string | null {
  if (lanName === null || forwards.length === 0 || endingSinceMs !== null || rows < 16) return null;
  const long = describeLanName(escapeText(lanName));
  return long.length <= columns ? long : `also at ${escapeText(lanName)}`;
}

/** `3 reachable, 1 opening, 2 not open`. */
function countPorts(view: View, nowMs: number): string {
  if (view.endingSinceMs !== null) return describeEnding(view, nowMs);
  const { asked, rejections, blockedBy } = view;
  const forwards = distinctPorts(view.forwards);
  const count = (state: string) => forwards.filter((forward) => forward.state === state).length;
  const held = new Set(forwards.map(({ rule }) => rule.listen.port));
  const opening = (asked?.opening ?? []).filter((port) => !held.has(port)).length;
  const blocked = count("blocked"), closing = count("closing");
  const counts = [
    `${count("reachable")} reachable`,
    ...(blocked === 0 ? [] : [`${blocked} blocked (${blockedBy})`]),
    ...(opening === 0 ? [] : [`${opening} opening`]),
    ...(closing === 0 ? [] : [`${closing} closing`]),
    ...(rejections.length === 0 ? [] : [`${rejections.length} not open`]),
  ];
  return `wslfwd: ${counts.join(", ")}`;
}

function describeEnding({ forwards: rules, endingSinceMs, keepsRules }: View, nowMs: number): string {
  const forwards = distinctPorts(rules);
  if (keepsRules) return `wslfwd ends; ${countOf(forwards.length, "port stays", "ports stay")} open`;
  const seconds = Math.floor((nowMs - endingSinceMs!) / 1000);
  return `wslfwd: closing ${countOf(forwards.length, "port")}${seconds < 1 ? "" : `, ${seconds} s`}`;
}

/** What does not answer, for how long, and what Ctrl-C will do; null while there is nothing to say. */
function describeSlow({ asked, endingSinceMs, keepsRules }: View, nowMs: number): string | null {
  if (asked === null || nowMs - asked.sinceMs < SLOW_MS) return null;
  const seconds = Math.floor((nowMs - asked.sinceMs) / 1000);
  const isChange = asked.opening.length + asked.closing.length > 0;
  const what = isChange
    ? `netsh has not answered for ${seconds} s`
    : `Windows has not said what it holds for ${seconds} s`;
  if (keepsRules) return `${what}; Ctrl-C ends wslfwd`;
  return endingSinceMs === null
    ? `${what}; Ctrl-C waits 5 s for it, then the watchdog closes the ports`
    : `${what}; Ctrl-C once more ends at once, and the watchdog closes the ports`;
}

/** Cut to a few lines: what is open has to stay in sight. */
function noticeLines({ level, text, count }: Notice, columns: number, limit: number): Line[] {
  const times = count > 1 ? ` (${count} times)` : "";
  const lines = wrapText(`${level}${times}: ${escapeText(text)}`, columns);
  const shown = [...lines.slice(0, limit - 1), cutText(lines.slice(limit - 1).join(" "), columns)];
  return shown.filter((line) => line !== "").map((line) => ({
    text: line,
    style: level === "error" ? "red" : "yellow",
  }));
}

/** The last line: what the last key did (`message`), what is looked for, or what the keys do. */
export function footLine(view: View, look: Look, columns: number): Line {
  const { isTyping, message } = look;
  const ends = view.keepsRules
    ? "Ctrl-C ends wslfwd; the rules stay"
    : "Ctrl-C ends wslfwd and removes the rules";
  if (message !== "") return { text: escapeText(message), style: "bold" };
  if (view.endingSinceMs !== null && !view.keepsRules) {
    return { text: "Ctrl-C once more ends at once; the watchdog goes on closing", style: "dim" };
  }
  if (!look.hasKeys) return { text: ends, style: "dim" };
  if (look.filter !== "" || isTyping) {
    const text = isTyping
      ? `/${escapeText(look.filter)}▏ Enter keeps it, Esc ends it`
      : `/${escapeText(look.filter)}  Esc shows all`;
    return { text, style: "bold" };
  }
  const long = "↑↓ select  Enter code  c copy  w why  x open/close  / filter  ? help  q end";
  return { text: columns >= long.length ? long : "↑↓  Enter code  c copy  ? help  q end", style: "dim" };
}

/** What stands where nothing is open and nothing is wrong. */
export function emptyText(view: View): string {
  if (view.asked !== null) return "Asking Windows …";
  if (view.notices.some(({ level }) => level === "error")) return "Nothing is open.";
  return "Nothing to forward yet: start a server that listens on 0.0.0.0, and its URL stands here.";
}
