import { guestPortOf } from "../../../plan/rules/rule.ts";
import type { Rejection } from "../../../plan/desired/rejection.ts";
import { isOpenable } from "../../../plan/loopback/find_admission.ts";
import { findHeldBackPort } from "../../../plan/held_back/held_back_ports.ts";
import type { View } from "../../../view/view.ts";
import { listRows, type Look, NO_KEYS, type Row } from "../table/rows.ts";
import type { Key } from "./parse_keys.ts";

/** What covers the table. */
export type Panel =
  /** What the keys do. */
  | { readonly kind: "help" }
  /** The code and the addresses of one port on Windows. */
  | { readonly kind: "detail"; readonly port: number }
  /** What `why` says; null while it is being found out. `top`: the first line that is shown. */
  | {
    readonly kind: "why";
    readonly port: number;
    readonly lines: readonly string[] | null;
    readonly top: number;
  };

/** How somebody looks at the table, by keys. */
export interface Browsing {
  /** What is selected, open and filtered. */
  readonly look: Look;
  /** Where the selected row stood, should it go. */
  readonly index: number;
  /** What covers the table; null for nothing. */
  readonly panel: Panel | null;
}

/** What a key asks for that is more than another look. */
export type Request =
  | { readonly kind: "copy"; readonly port: number }
  | { readonly kind: "why"; readonly port: number }
  /** `port` is the guest's. */
  | { readonly kind: "open" | "close"; readonly port: number }
  | { readonly kind: "end" };

/** Nothing pressed yet. */
export const FIRST_LOOK: Browsing = {
  look: { ...NO_KEYS, hasKeys: true },
  index: 0,
  panel: null,
};

/** How far PageUp and PageDown go, in rows. */
const PAGE = 10;

/** Reasons that are somebody's choice, which `x` changes for this run. */
const CHOICES: ReadonlySet<string> = new Set(["closed", "unlisted", "port", "program", "held-back"]);
/** The same of a service on 127.0.0.1. What runs code for whoever connects takes more than a key. */
const LOOPBACK_CHOICES: ReadonlySet<string> = new Set(["loopback", "loopback-held"]);

/** Selects what is there: a row that is gone leaves the selection to the one in its place. */
export function settle(browsing: Browsing, view: View): Browsing {
  const rows = listRows(view, browsing.look);
  const found = rows.findIndex(({ key }) => key === browsing.look.selected);
  const index = found >= 0 ? found : Math.min(browsing.index, Math.max(0, rows.length - 1));
  return look({ ...browsing, index }, { selected: rows[index]?.key ?? null });
}

/** What a key does to the look, and what else it asks for. */
export function press(
  before: Browsing,
  key: Key,
  view: View,
): { readonly browsing: Browsing; readonly request: Request | null } {
  const browsing = say(settle(before, view), "");
  if (browsing.look.isTyping) return { browsing: typeFilter(browsing, key), request: null };
  if (browsing.panel !== null) return pressInPanel(browsing, browsing.panel, key);
  const rows = listRows(view, browsing.look), row = rows[browsing.index] ?? null;
  const steps = "name" in key ? STEPS[key.name] : STEPS[key.text];
  if (steps !== undefined) return { browsing: select(browsing, rows, browsing.index + steps), request: null };
  return pressInTable(browsing, row, "name" in key ? key.name : key.text);
}

const STEPS: Readonly<Record<string, number>> = {
  ...{ up: -1, k: -1, down: 1, j: 1, pageup: -PAGE, pagedown: PAGE },
  ...{ home: -Infinity, g: -Infinity, end: Infinity, G: Infinity },
};

function select(browsing: Browsing, rows: readonly Row[], wanted: number): Browsing {
  const index = Math.max(0, Math.min(rows.length - 1, wanted));
  return look({ ...browsing, index }, { selected: rows[index]?.key ?? null });
}

function pressInTable(
  browsing: Browsing,
  row: Row | null,
  key: string,
): { browsing: Browsing; request: Request | null } {
  const stay = (message = "") => ({ browsing: say(browsing, message), request: null });
  const show = (panel: Panel, request: Request | null = null) => ({
    browsing: { ...browsing, panel },
    request,
  });
  switch (key) {
    case "q":
      return { browsing, request: { kind: "end" } };
    case "?":
      return show({ kind: "help" });
    case "/":
      return { browsing: look(browsing, { isTyping: true }), request: null };
    case "escape":
      return { browsing: look(browsing, { filter: "" }), request: null };
  }
  if (row === null) return stay();
  const port = hostPortOf(row);
  switch (key) {
    case "enter":
    case "o":
      if (row.kind === "group" || row.kind === "others") {
        return { browsing: toggle(browsing, row.key), request: null };
      }
      if (row.kind === "rejection") {
        return show({ kind: "why", port: port!, lines: null, top: 0 }, { kind: "why", port: port! });
      }
      return show({ kind: "detail", port: port! });
    case "c":
      return port === null || row.kind === "rejection"
        ? stay("there is no URL in this line")
        : { browsing, request: { kind: "copy", port } };
    case "w":
      return port === null
        ? stay("Enter opens this line; then each port has its own")
        : show({ kind: "why", port, lines: null, top: 0 }, { kind: "why", port });
    case "x":
      return pressSwitch(browsing, row);
  }
  return stay();
}

/** `x`: closes what is open, opens what somebody's choice keeps closed. */
function pressSwitch(browsing: Browsing, row: Row): { browsing: Browsing; request: Request | null } {
  if (row.kind === "forward") {
    const port = guestPortOf(row.forward.rule);
    return {
      browsing: say(browsing, `closing ${port} for this run; x opens it again`),
      request: { kind: "close", port },
    };
  }
  if (row.kind === "rejection" && canOpen(row.rejection)) {
    const port = row.rejection.listener?.port ?? row.rejection.hostPort;
    return { browsing: say(browsing, describeOpening(port, row.rejection)), request: { kind: "open", port } };
  }
  const message = row.kind === "rejection"
    ? "x cannot change that; w says what mends it"
    : "x closes or opens a line of one port";
  return { browsing: say(browsing, message), request: null };
}

function canOpen({ reason, listener }: Rejection): boolean {
  if (LOOPBACK_CHOICES.has(reason)) return listener !== null && isOpenable(listener);
  return CHOICES.has(reason);
}

/** What a range would not have opened is told of: whoever presses a key for one line means it. */
function describeOpening(port: number, { reason }: Rejection): string {
  const held = LOOPBACK_CHOICES.has(reason) ? findHeldBackPort(port) : null;
  return `opening ${port} for this run${held === null ? "" : `: usually ${held.what}`}`;
}

function pressInPanel(
  browsing: Browsing,
  panel: Panel,
  key: Key,
): { browsing: Browsing; request: Request | null } {
  const close = { browsing: { ...browsing, panel: null }, request: null };
  const name = "name" in key ? key.name : key.text;
  if (panel.kind === "why" && panel.lines !== null && STEPS[name] !== undefined) {
    const top = Math.max(0, Math.min(panel.lines.length - 1, panel.top + STEPS[name]));
    return { browsing: { ...browsing, panel: { ...panel, top } }, request: null };
  }
  if (panel.kind === "detail" && name === "c") {
    return { browsing, request: { kind: "copy", port: panel.port } };
  }
  if (panel.kind === "detail" && name === "w") {
    const why: Panel = { kind: "why", port: panel.port, lines: null, top: 0 };
    return { browsing: { ...browsing, panel: why }, request: { kind: "why", port: panel.port } };
  }
  return close;
}

function typeFilter(browsing: Browsing, key: Key): Browsing {
  const filterTo = (filter: string) => look({ ...browsing, index: 0 }, { filter, selected: null });
  if ("text" in key) return filterTo(browsing.look.filter + key.text);
  if (key.name === "backspace") return filterTo([...browsing.look.filter].slice(0, -1).join(""));
  if (key.name === "escape") return look(filterTo(""), { isTyping: false });
  return key.name === "enter" ? look(browsing, { isTyping: false }) : browsing;
}

function toggle(browsing: Browsing, key: string): Browsing {
  const open = new Set(browsing.look.open);
  if (!open.delete(key)) open.add(key);
  return look(browsing, { open });
}

function look(browsing: Browsing, change: Partial<Look>): Browsing {
  return { ...browsing, look: { ...browsing.look, ...change } };
}

/** Has the last line say what the key did. */
export function say(browsing: Browsing, message: string): Browsing {
  return look(browsing, { message });
}

/** The port on Windows that a row is about; null where it is about many. */
function hostPortOf(row: Row): number | null {
  if (row.kind === "opening") return row.port;
  if (row.kind === "forward") return row.forward.rule.listen.port;
  return row.kind === "rejection" ? row.rejection.hostPort : null;
}
