import { openingKey } from "../../../plan/claims/opening.ts";
import type { Rejection } from "../../../plan/desired/rejection.ts";
import { distinctPorts, type Forward, type View } from "../../../view/view.ts";

/** What stands in the list: something that can be selected, by its key. */
export type Row =
  /** A port that Windows is asked to open. */
  | { readonly kind: "opening"; readonly key: string; readonly port: number }
  /** A port that it opened. */
  | { readonly kind: "forward"; readonly key: string; readonly forward: Forward }
  /** A program with many ports, newest first; its forwards stand below it where it is open. */
  | { readonly kind: "group"; readonly key: string; readonly forwards: readonly Forward[] }
  /** A port that is not open. */
  | { readonly kind: "rejection"; readonly key: string; readonly rejection: Rejection }
  /** Many ports that no list allows; they stand below it where it is open. */
  | { readonly kind: "others"; readonly key: string; readonly count: number };

/** How the list is looked at. */
export interface Look {
  /** Whether keys can select, open and scroll. */
  readonly hasKeys: boolean;
  /** The key of the row that is selected; null, or one that is gone: the first. */
  readonly selected: string | null;
  /** The keys of the rows that are open. */
  readonly open: ReadonlySet<string>;
  /** Only rows with this text in them; empty for all. */
  readonly filter: string;
  /** Whether that text is being typed. */
  readonly isTyping: boolean;
  /** What the last key did; empty for nothing to say. */
  readonly message: string;
}

/** Nothing selected, nothing filtered: where there are no keys. */
export const NO_KEYS: Look = {
  hasKeys: false,
  selected: null,
  open: new Set(),
  filter: "",
  isTyping: false,
  message: "",
};

/** With more ports than this a program takes one line, and so do programs that no list allows. */
const MANY = 3;

/** Reasons that are somebody's choice: of whoever started the program, or of whoever started wslfwd. */
const CHOSEN: ReadonlySet<string> = new Set([
  "closed",
  "held-back",
  "loopback",
  "port",
  "program",
  "unlisted",
]);

/** Whether it is nobody's choice that the port is not open, so that it should be seen first. */
export function isProblem({ reason }: Pick<Rejection, "reason">): boolean {
  return !CHOSEN.has(reason);
}

/** Every row, in the order shown: what opens, what is open (newest first), what is not (worst first). */
export function listRows(view: View, look: Look): Row[] {
  const forwards = distinctPorts(view.forwards);
  const held = new Set(forwards.map(({ rule }) => rule.listen.port));
  const opening = (view.asked?.opening ?? []).filter((port) => !held.has(port)).map((port): Row => ({
    kind: "opening",
    key: `port tcp ${port}`,
    port,
  }));
  return [...opening, ...forwardRows(forwards, look), ...rejectionRows(view.rejections, look)]
    .filter((row) => matches(row, look.filter));
}

/** The text of a row that a filter is looked for in, in lower case. */
function matches(row: Row, filter: string): boolean {
  if (filter === "") return true;
  return textOf(row).toLowerCase().includes(filter.toLowerCase());
}

function textOf(row: Row): string {
  switch (row.kind) {
    case "opening":
      return `${row.port}`;
    case "forward":
      return forwardText(row.forward);
    case "group":
      return row.forwards.map(forwardText).join(" ");
    case "rejection":
      return `${row.rejection.hostPort} ${row.rejection.program?.name ?? ""}`;
    case "others":
      return "";
  }
}

function forwardText({ rule, program, folder, note }: Forward): string {
  return `${rule.listen.port} ${program ?? ""} ${folder ?? ""} ${note}`;
}

function forwardRows(forwards: readonly Forward[], look: Look): Row[] {
  const groups = Map.groupBy(forwards, (forward) => forward.pid === null ? forward : forward.pid);
  return [...groups.values()].flatMap((group): Row[] => {
    const rows = group.map((forward): Row => ({
      kind: "forward",
      key: `port ${openingKey(forward.rule.listen)}`,
      forward,
    }));
    // Where no key can open it, or a port is looked for, each port stands for itself.
    if (group.length <= MANY || !look.hasKeys || look.filter !== "") return rows;
    const key = `pid ${group[0]!.pid}`;
    return [{ kind: "group", key, forwards: group }, ...look.open.has(key) ? rows : []];
  });
}

function rejectionRows(rejections: readonly Rejection[], look: Look): Row[] {
  const rows = [...rejections].sort((a, b) => Number(isProblem(b)) - Number(isProblem(a)))
    .map((rejection) => ({
      kind: "rejection",
      key: `not ${rejection.protocol} ${rejection.hostPort} ${rejection.listener?.port ?? ""}`,
      rejection,
    } as const));
  const unlisted = rows.filter(({ rejection }) => rejection.reason === "unlisted");
  if (unlisted.length <= MANY || look.filter !== "") return rows;
  const key = "others";
  const others: Row = { kind: "others", key, count: unlisted.length };
  const rest = rows.filter(({ rejection }) => rejection.reason !== "unlisted");
  return [...rest, others, ...look.open.has(key) ? unlisted : []];
}
