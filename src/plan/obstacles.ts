import { isLoopback, parseIp } from "../net/address.ts";
import { readPortWord } from "../net/port_words.ts";
import { whoCarries } from "./ability.ts";
import { type Entry, formatEntry } from "./entry.ts";
import { type Forward, hostPortOf } from "./forward.ts";
import type { HostListener, HostView } from "./host_view.ts";
import { openingKey } from "./opening.ts";
import type { Rejection, RejectionReason } from "./rejection.ts";
import { isDirect, type Rule } from "./rule.ts";

/** What stands in the way of a forward on the host. */
export interface Obstacle {
  /** In a word. */
  readonly reason: RejectionReason;
  /** Which one. Hostile text. */
  readonly detail: string;
  /** The process of Windows that has the port. */
  readonly holder?: Pick<Rejection, "holderPid">;
}

/** What the host holds, found by port. */
export interface Obstacles {
  /** All of it. */
  readonly view: HostView;
  /** By {@link openingKey}. */
  readonly foreign: ReadonlyMap<string, readonly Entry[]>;
  /** By {@link openingKey}. */
  readonly taken: ReadonlyMap<string, HostListener>;
  /** Openings, by {@link openingKey}, of which a change is under way. */
  readonly pending: ReadonlySet<string>;
}

/** Sorts what the host holds by port. */
export function indexObstacles(view: HostView, pending: ReadonlySet<string>): Obstacles {
  // The firewall opens a port on every address of Windows, so it does not matter which one the program has. Its
  // loopback stays closed whatever the firewall says; WSL's own relay listens there on each of our ports.
  const outside = view.taken.filter((listener) => !isLoopback(listener.address));
  return {
    view,
    // A range of ports (`30000-50000` is stored) never listens, so it stands in nobody's way.
    foreign: Map.groupBy(
      view.foreign,
      ({ listen: { protocol, port } }) => openingKey({ protocol, port: readPortWord(String(port)) ?? port }),
    ),
    taken: new Map(outside.map((listener) => [openingKey(listener), listener])),
    pending,
  };
}

/** What stands in the way of a forward to a port of the guest, or null. */
export function findObstacle(forward: Forward, guestPort: number, obstacles: Obstacles): Obstacle | null {
  const { rules, listener } = forward;
  const opening = hostPortOf({ rules }), key = openingKey(opening), [rule] = rules;
  if (obstacles.pending.has(key)) return { reason: "pending", detail: "" };
  if (isDirect(rule!) && guestPort !== opening.port) return { reason: "renumbered", detail: "" };
  const unable = rules.find((each) => whoCarries(each, obstacles.view.abilities) === null);
  if (unable !== undefined) return { reason: "no-carrier", detail: opening.protocol };
  // In mirrored mode guest and Windows share their ports: what listens here has its port on Windows, too.
  const hasPort = isDirect(rule!) && listener !== null;
  if (!hasPort && obstacles.view.excluded[opening.protocol].has(opening.port)) {
    return { reason: "excluded-range", detail: "" };
  }
  const entry = obstacles.foreign.get(key)?.find((entry) => rules.some((each) => overlaps(entry, each)));
  if (entry !== undefined) return { reason: "foreign-entry", detail: formatEntry(entry) };
  const row = obstacles.view.unread.find(({ ports }) => ports.has(opening.port));
  if (row !== undefined && opening.protocol === "tcp") return { reason: "foreign-entry", detail: row.text };
  const taken = hasPort ? undefined : obstacles.taken.get(key);
  if (taken === undefined) return null;
  return { reason: "taken-on-windows", detail: `pid ${taken.pid}`, holder: { holderPid: taken.pid } };
}

/** Whether an entry on the same port can take the rule's connections, or be opened by its firewall rule. */
function overlaps({ listen }: Entry, rule: Rule): boolean {
  const address = parseIp(listen.address); // null: a host name or `*`, which can be any address.
  return listen.address === rule.listen.address || address === null || !isLoopback(address);
}
