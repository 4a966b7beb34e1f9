import { endpointKey } from "../../net/endpoint.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { type Entry, ruleOf } from "../../plan/rules/entry.ts";
import { indexEntries } from "../../plan/rules/entry_index.ts";
import type { Knowledge, Memory } from "./knowledge.ts";

/** How long what Windows refused is not tried again: at first, and at most, in milliseconds. Each time twice as long. */
const FIRST_MS = 50_000, MAX_MS = 600_000;

/** An entry that Windows refused. */
export interface Refusal {
  /** How often in a row. */
  readonly times: number;
  /** When it may be tried again, by the monotonic clock. */
  readonly untilMs: number;
}

/** What Windows refused of ports that are open all the same. */
export interface Refusals {
  /** By what {@link refusalKeys} gives: an endpoint, or an address for each of its ports. */
  readonly all: ReadonlyMap<string, Refusal>;
  /** Those that are not to be tried now. */
  readonly now: ReadonlySet<string>;
}

/** Nothing was refused. */
export const NONE_REFUSED: Refusals = { all: new Map(), now: new Set() };

/**
 * The entries of IPv6 that a plan was to make and that are not there after it, though the entry of IPv4 for the same port of
 * the guest is: Windows can make the one and not the other. What is there in place of one is somebody's.
 */
export function findRefused(plan: readonly Operation[], after: readonly Entry[]): Entry[] {
  const there = indexEntries(after);
  const open = new Set(after.filter(({ listen }) => listen.family === 4).map(leadText));
  return plan.flatMap((operation) =>
    operation.kind === "add-entry" && operation.entry.listen.family === 6 &&
      there.at(operation.entry) === undefined && open.has(leadText(operation.entry))
      ? [operation.entry]
      : []
  );
}

/** These were refused at `nowMs`. `after`: every entry since. Where none by the same address is there, none is tried for a while. */
export function noteRefused<Some extends Knowledge>(
  knowledge: Some,
  refused: readonly Entry[],
  after: readonly Entry[],
  nowMs: number,
): Some {
  if (refused.length === 0) return knowledge;
  const all = new Map(knowledge.refused.all);
  const taken = new Set(after.map(({ listen }) => `${listen.family} ${listen.address}`));
  const keys = new Set(refused.flatMap((entry) => {
    const [endpoint, address] = refusalKeys(entry);
    const { listen } = entry;
    return taken.has(`${listen.family} ${listen.address}`) ? [endpoint] : [endpoint, address];
  }));
  for (const key of keys) {
    const times = (all.get(key)?.times ?? 0) + 1;
    all.set(key, { times, untilMs: nowMs + Math.min(FIRST_MS * 2 ** (times - 1), MAX_MS) });
  }
  return { ...knowledge, refused: { all, now: activeAt(all, nowMs) } };
}

/** What is there now is not refused any more. */
export function noteMade<Some extends Knowledge>(knowledge: Some, plan: readonly Operation[]): Some {
  const { all } = knowledge.refused;
  if (all.size === 0) return knowledge;
  const left = new Map(all);
  for (const each of plan) {
    if (each.kind === "add-entry") refusalKeys(each.entry).forEach((key) => left.delete(key));
  }
  if (left.size === all.size) return knowledge;
  const now = new Set([...knowledge.refused.now].filter((key) => left.has(key)));
  return { ...knowledge, refused: { all: left, now } };
}

/** What of it still holds at `nowMs`; the very same value where nothing has changed. */
export function refusedAt({ refused }: Memory, nowMs: number): Refusals {
  const now = activeAt(refused.all, nowMs);
  return now.size === refused.now.size ? refused : { all: refused.all, now };
}

function activeAt(all: Refusals["all"], nowMs: number): ReadonlySet<string> {
  return new Set([...all].filter(([, { untilMs }]) => untilMs > nowMs).map(([key]) => key));
}

/** The endpoint that an entry listens on, and its address alone. */
function refusalKeys(entry: Entry): [endpoint: string, address: string] {
  const { listen } = ruleOf(entry)!;
  return [endpointKey(listen), listen.address];
}

/** The port on Windows, and where it leads to. */
function leadText({ listen, connect }: Entry): string {
  return `${listen.port} ${connect.address} ${connect.port}`;
}

/** A plan without those of its operations that make one of these entries. */
export function withoutEntries(plan: readonly Operation[], entries: readonly Entry[]): Operation[] {
  const left = new Set(entries);
  return plan.filter((operation) => operation.kind !== "add-entry" || !left.has(operation.entry));
}
