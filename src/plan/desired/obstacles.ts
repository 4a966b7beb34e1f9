import { isLoopback, parseIp } from "../../net/address.ts";
import { endpointKey } from "../../net/endpoint.ts";
import { PortSet } from "../../net/port_set.ts";
import { readPortWord } from "../../net/port_words.ts";
import { whoCarries } from "../rules/ability.ts";
import { type Entry, formatEntry } from "../rules/entry.ts";
import { type Forward, hostPortOf } from "./forward.ts";
import type { HostListener, HostView } from "./host_view.ts";
import { type Opening, openingKey } from "../claims/opening.ts";
import type { Rejection, RejectionReason } from "./rejection.ts";
import { isDirect, type Rule } from "../rules/rule.ts";

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
  /** Endpoints, by `endpointKey`, and addresses of the host that it refused an entry for. */
  readonly refused: ReadonlySet<string>;
}

/** Sorts what the host holds by port. */
export function indexObstacles(
  view: HostView,
  pending: ReadonlySet<string>,
  refused: ReadonlySet<string>,
): Obstacles {
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
    refused,
  };
}

/**
 * What stands in the way of a forward to a port of the guest, or the forward without the rules that something stands in the
 * way of, at least one left. `sharedPorts`: see Policy.
 */
export function clearWay(
  forward: Forward,
  guestPort: number,
  obstacles: Obstacles,
  sharedPorts: PortSet = PortSet.EMPTY,
): Obstacle | Forward {
  const { listener } = forward, opening = hostPortOf(forward), key = openingKey(opening);
  if (obstacles.pending.has(key)) return { reason: "pending", detail: "" };
  const isOnHost = isDirect(forward.rules[0]!);
  if (isOnHost && guestPort !== opening.port) return { reason: "renumbered", detail: "" };
  if (!isOnHost && isNeededByWindows(opening)) return { reason: "needed-by-windows", detail: "" };
  // In mirrored mode guest and Windows share their ports: what listens here has its port on Windows, too.
  // A rule of NAT has no port.
  const hasPort = isOnHost && listener !== null && listener.inode !== 0 && !sharedPorts.has(opening.port);
  const foreign = obstacles.foreign.get(key) ?? [];
  const missing = forward.rules.flatMap((rule) => {
    const obstacle = findRuleObstacle(rule, hasPort, foreign, obstacles);
    return obstacle === null ? [] : [{ rule, ...obstacle }];
  });
  const rules = forward.rules.filter((rule) => missing.every((each) => each.rule !== rule));
  if (rules.length === 0) return { reason: missing[0]!.reason, detail: missing[0]!.detail };
  const row = obstacles.view.unread.find(({ ports }) => ports.has(opening.port));
  if (row !== undefined && opening.protocol === "tcp") return { reason: "foreign-entry", detail: row.text };
  const taken = hasPort ? undefined : obstacles.taken.get(key);
  if (taken === undefined) return missing.length === 0 ? forward : { ...forward, rules, missing };
  return { reason: "taken-on-windows", detail: `pid ${taken.pid}`, holder: { holderPid: taken.pid } };
}

/** What stands in the way of one rule alone. `hasPort`: whoever listens has the port on Windows, too. */
function findRuleObstacle(
  rule: Rule,
  hasPort: boolean,
  foreign: readonly Entry[],
  { view, refused }: Obstacles,
): Pick<Obstacle, "reason" | "detail"> | null {
  const { protocol, family, port } = rule.listen;
  if (!hasPort && view.excluded[protocol][family].has(port)) return { reason: "excluded-range", detail: "" };
  if (whoCarries(rule, view.abilities) === null) {
    const isComing = whoCarries(rule, view.coming ?? []) !== null;
    return { reason: isComing ? "starting" : "no-carrier", detail: `${protocol}, IPv${family}` };
  }
  const entry = foreign.find((entry) => overlaps(entry, rule));
  if (entry !== undefined) return { reason: "foreign-entry", detail: formatEntry(entry) };
  const isRefused = refused.size > 0 && !isDirect(rule) &&
    (refused.has(rule.listen.address) || refused.has(endpointKey(rule.listen)));
  return isRefused ? { reason: "refused", detail: "" } : null;
}

/** NetBIOS, SSDP, mDNS and LLMNR: a relay on them would answer the LAN in Windows' place. */
const WINDOWS_UDP_PORTS: ReadonlySet<number | string> = new Set([137, 138, 1900, 5353, 5355]);

function isNeededByWindows({ protocol, port }: Opening): boolean {
  return protocol === "udp" && WINDOWS_UDP_PORTS.has(port);
}

/** Whether an entry on the same port can take the rule's connections, or be opened by its firewall rule. */
function overlaps({ listen }: Entry, rule: Rule): boolean {
  if (listen.family !== rule.listen.family) return false;
  const address = parseIp(listen.address); // null: a host name or `*`, which can be any address.
  return listen.address === rule.listen.address || address === null || !isLoopback(address);
}
