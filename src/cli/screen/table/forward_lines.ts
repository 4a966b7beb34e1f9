import { guestPortOf } from "../../../plan/rules/rule.ts";
import { urlFor } from "../../../view/addresses.ts";
import { formatUrl } from "../../../view/url.ts";
import type { Asked, Forward, View } from "../../../view/view.ts";
import { formatSince, shortenFolder } from "../describe.ts";
import { nameMissing } from "../describe_missing.ts";
import { escapeText } from "../escape_text.ts";
import { cutStart, fitText, textWidth } from "../terminal/text_width.ts";
import type { Style } from "./line.ts";
import type { Row } from "./rows.ts";

/** One row of ports, in cells that are fit for a terminal. */
export interface Cells {
  /** What one types. */
  readonly url: string;
  /** The program, and what is to be said of it. */
  readonly program: string;
  /** Where it works; empty where that cannot be seen. */
  readonly folder: string;
  /** Since when; empty where `state` says more. */
  readonly since: string;
  /** What is the matter where it is not simply reachable; empty where it is. */
  readonly state: string;
  /** How the line is shown. */
  readonly style: Style;
}

/** What stands before a port that is reachable, and before one that is not yet, or not any more. */
const MARKS: Readonly<Record<string, string>> = { plain: "✓", yellow: "…", red: "✗", dim: "…" };

/** The cells of a row of ports. `home`: the folder that `~` stands for; null for none. */
export function forwardCells(
  row: Extract<Row, { kind: "opening" | "forward" | "group" }>,
  view: View,
  home: string | null,
  nowMs: number,
): Cells {
  if (row.kind === "opening") {
    const url = formatUrl(escapeAddress(view), row.port);
    return {
      url,
      program: "",
      folder: "",
      since: "",
      state: describeOpening(view.asked, nowMs),
      style: "yellow",
    };
  }
  const forward = row.kind === "forward" ? row.forward : row.forwards[0]!;
  const { listen } = forward.rule, guestPort = guestPortOf(forward.rule);
  // The guest's side is worth a word only where it is another port.
  const guest = listen.port === guestPort ? "" : `:${guestPort} in WSL`;
  // The whole note would be cut beside a folder; who opened it goes without saying here.
  const note = forward.isLoopback ? "on 127.0.0.1" : escapeText(forward.note);
  const all = row.kind === "group" ? [] : [guest, note, nameMissing(forward.missing)];
  const notes = all.filter((each) => each !== "");
  return {
    url: row.kind === "group" ? describePorts(row.forwards) : escapeText(urlFor(view, listen)),
    program: nameOf(forward, notes),
    folder: forward.folder === null ? "" : shortenFolder(forward.folder, home),
    since: formatSince(forward.sinceMs, nowMs),
    ...stateOf(forward, view, nowMs),
  };
}

/** A title and the rows below it, all in the same columns; each as wide as the screen at most. */
export function alignCells(rows: readonly Cells[], columns: number): { title: string; texts: string[] } {
  const title: Cells = {
    url: "URL",
    program: "PROGRAM",
    folder: "FOLDER",
    since: "SINCE",
    state: "",
    style: "dim",
  };
  const all = [title, ...rows];
  const widest = (key: "url" | "program" | "folder") => Math.max(...all.map((row) => textWidth(row[key])));
  const url = Math.min(widest("url"), columns - 2);
  const rest = columns - 2 - url - 2;
  const hasSince = rest >= 10 + 2 + 5;
  const between = hasSince ? rest - 7 : rest;
  const hasFolder = rows.some((row) => row.folder !== "") && between >= 10 + 2 + 8;
  const program = Math.min(widest("program"), hasFolder ? sharedWidth(between, widest) : between);
  const folder = hasFolder ? Math.min(widest("folder"), between - 2 - program) : 0;
  const draw = (row: Cells, mark: string) => {
    const start = `${mark} ${fitText(row.url, url)}`;
    if (row.state !== "") return `${start}  ${describeState(row, rest, program)}`;
    return [
      start,
      ...(program >= 4 ? [fitText(row.program, program)] : []),
      ...(hasFolder ? [fitText(cutStart(row.folder, folder), folder)] : []),
      ...(hasSince ? [row.since] : []),
    ].join("  ");
  };
  return { title: draw(title, " "), texts: rows.map((row) => draw(row, MARKS[row.style] ?? " ")) };
}

/** What the program keeps beside the folder: all where both have room, else not more than half. */
function sharedWidth(between: number, widest: (key: "program" | "folder") => number): number {
  const all = widest("program") + 2 + widest("folder");
  return all <= between ? between : Math.max(10, Math.floor(between / 2));
}

/** Where there is no room for both, what is the matter comes before whose it is. */
function describeState({ program, state }: Cells, rest: number, width: number): string {
  if (program === "" || width + 2 + textWidth(state) > rest) return state;
  return `${fitText(program, width)}  ${state}`;
}

function nameOf({ program, note }: Forward, notes: readonly string[]): string {
  // Nothing listens on a port that is open all the same: its note says all there is.
  if (program === null && note !== "") return notes.join(", ");
  const name = program === null ? "unknown" : escapeText(program);
  return notes.length === 0 ? name : `${name} (${notes.join(", ")})`;
}

/** `60 ports, 3000 to 3059`. */
function describePorts(forwards: readonly Forward[]): string {
  const ports = forwards.map(({ rule }) => rule.listen.port);
  return `${ports.length} ports, ${Math.min(...ports)} to ${Math.max(...ports)}`;
}

function stateOf(forward: Forward, view: View, nowMs: number): Pick<Cells, "state" | "style"> {
  if (forward.state === "closing") {
    return { state: `closing${secondsSince(view.asked?.sinceMs ?? nowMs, nowMs)}`, style: "dim" };
  }
  if (view.endingSinceMs !== null && !view.keepsRules) {
    return { state: `closing${secondsSince(view.endingSinceMs, nowMs)}`, style: "dim" };
  }
  return forward.state === "blocked"
    ? { state: `blocked: ${view.blockedBy}`, style: "red" }
    : { state: "", style: "plain" };
}

function describeOpening(asked: Asked | null, nowMs: number): string {
  const seconds = asked === null ? "" : secondsSince(asked.sinceMs, nowMs);
  return seconds === "" ? "opening" : `opening${seconds}: waiting for netsh`;
}

/** `, 4 s`; empty for less than one second. */
function secondsSince(sinceMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - sinceMs) / 1000);
  return seconds < 1 ? "" : `, ${seconds} s`;
}

function escapeAddress({ lanAddress }: View): string | null {
  return lanAddress === null ? null : escapeText(lanAddress);
}
