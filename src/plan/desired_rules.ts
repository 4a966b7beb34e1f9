import { isAny, isLoopback, parseIpv4, unmapIpv4 } from "../net/address.ts";
import { compareListeners, type Listener, type Program } from "../net/listener.ts";
import { readPortWord } from "../net/port_words.ts";
import type { PortSet } from "../net/port_set.ts";
import { type HostView, judge, type Policy, type WindowsListener } from "./policy.ts";
import type { Rejection, RejectionReason } from "./rejection.ts";
import { DIRECT, type Entry, entryKey, formatEntry, isDirect, type Rule } from "./rule.ts";
import type { UnreadRow } from "./unread_row.ts";

/** A listener and the program that holds it, null where it is not known. */
export interface SeenListener extends Listener {
  /** The program, as far as it is known by now. */
  readonly program: Program | null;
}

/** A rule that should be, and what it is for. */
export interface Forward {
  /** The rule. */
  readonly rule: Rule;
  /** What it leads to; null for a fixed port on which nothing listens that could be reached. */
  readonly listener: SeenListener | null;
}

/** What should be: exactly one forward for each listen key, and why the rest is left out. */
export interface Desired {
  /** In rising order of the port on Windows. */
  readonly forwards: readonly Forward[];
  /** In rising order of the port on Windows; at most one for each port in the guest. */
  readonly rejections: readonly Rejection[];
}

/**
 * What should be forwarded, given what listens, what the user wants, the guest's address that Windows connects to
 * (never a loopback address: RangeError), what Windows holds besides ours, and the keys ({@link entryKey}) that
 * must be left alone for now. The order of the listeners does not matter.
 *
 * | what listens on a guest port                     | result                                              |
 * | ------------------------------------------------ | --------------------------------------------------- |
 * | 0.0.0.0, [::] that takes IPv4, guest's address   | forwarded once, however many sockets there are      |
 * | one of these, and others on loopback             | forwarded; the others are not worth a word          |
 * | several of these, one of them not allowed        | rejected: a connection could reach either           |
 * | loopback, IPv6 only, another address, only these | rejected for the first of these reasons             |
 * | fixed port                                       | forwarded, whatever listens and whatever the policy |
 */
export function desiredRules(
  listeners: readonly SeenListener[],
  policy: Policy,
  guestAddress: string,
  host: HostView,
  pending: ReadonlySet<string> = new Set(),
): Desired {
  if (isLoopback(guestAddress) || isAny(guestAddress)) {
    throw new RangeError(`Cannot forward to ${guestAddress}: Windows would connect to itself`);
  }
  const rejections: Rejection[] = [];
  const forwards = new Map<number, Forward>();
  const obstacles = indexObstacles(host);
  for (const candidate of candidates(listeners, policy, guestAddress, rejections)) {
    const { hostPort, guestPort, listener } = candidate;
    const reject = (reason: RejectionReason, detail: string, holder: Pick<Rejection, "holderPid"> = {}) =>
      rejections.push({ hostPort, listener, program: listener?.program ?? null, reason, detail, ...holder });
    const first = forwards.get(hostPort);
    if (first !== undefined) {
      const other = first.rule.connectPort;
      if (other !== guestPort) reject("host-port-in-use", `guest port ${other}`);
      continue;
    }
    const rule: Rule = {
      listenAddress: policy.listenAddress,
      listenPort: hostPort,
      connectAddress: policy.reach === "direct" ? DIRECT : guestAddress,
      connectPort: guestPort,
    };
    const obstacle = findObstacle(rule, listener, obstacles, pending);
    if (obstacle !== null) reject(obstacle.reason, obstacle.detail, obstacle.holder);
    else forwards.set(hostPort, { rule, listener });
  }
  return {
    forwards: [...forwards.values()].sort((a, b) => a.rule.listenPort - b.rule.listenPort),
    rejections: rejections.sort((a, b) => a.hostPort - b.hostPort),
  };
}

interface Candidate {
  readonly hostPort: number;
  readonly guestPort: number;
  readonly listener: SeenListener | null;
}

/** In order of precedence: fixed ports, then maps, then the other listeners, lowest guest port first. */
function candidates(
  listeners: readonly SeenListener[],
  policy: Policy,
  guestAddress: string,
  rejections: Rejection[],
): Candidate[] {
  const mapped: Candidate[] = [], plain: Candidate[] = [];
  const reachable = new Map<number, SeenListener>();
  const fixed = policy.fixedPorts;
  for (const [guestPort, sockets] of groupByPort(listeners)) {
    const { listener, reason, detail } = judgePort(sockets, policy, guestPort, guestAddress);
    if (listener !== null) reachable.set(guestPort, listener);
    const hostPorts = policy.portMaps.filter((map) => map.guestPort === guestPort).map((map) => map.hostPort);
    if (reason !== null) {
      const rejected = listener ?? sockets[0]!;
      if (fixed.has(guestPort)) continue;
      rejections.push({
        hostPort: hostPorts[0] ?? guestPort,
        listener: rejected,
        program: rejected.program,
        reason,
        detail,
      });
    } else if (hostPorts.length > 0) {
      for (const hostPort of hostPorts) mapped.push({ hostPort, guestPort, listener });
    } else if (!fixed.has(guestPort)) plain.push({ hostPort: guestPort, guestPort, listener });
  }
  const fixedCandidates = [...fixed.ports()].map((port) => ({
    hostPort: port,
    guestPort: port,
    listener: reachable.get(port) ?? null,
  }));
  return [...fixedCandidates, ...mapped, ...plain];
}

function groupByPort(listeners: readonly SeenListener[]): Map<number, SeenListener[]> {
  const groups = new Map<number, SeenListener[]>();
  for (const listener of [...listeners].sort(compareListeners)) {
    const group = groups.get(listener.port);
    if (group === undefined) groups.set(listener.port, [listener]);
    else group.push(listener);
  }
  return groups;
}

/** `listener`: the socket that counts for the port; `reason`: null where the port may be forwarded. */
function judgePort(sockets: readonly SeenListener[], policy: Policy, port: number, guestAddress: string): {
  listener: SeenListener | null;
  reason: RejectionReason | null;
  detail: string;
} {
  const reachable = sockets.filter((socket) => unreachableReason(socket, guestAddress) === null);
  if (reachable.length === 0) {
    const socket = sockets[0]!;
    const reason = unreachableReason(socket, guestAddress);
    return { listener: null, reason, detail: socket.address };
  }
  for (const listener of reachable) {
    const reason = judge(policy, port, listener.program);
    if (reason !== null) return { listener, reason, detail: "" };
  }
  const named = reachable.find((socket) => socket.program !== null);
  return { listener: named ?? reachable[0]!, reason: null, detail: "" };
}

/** Why Windows cannot reach the socket through the guest's address, or null where it can. */
export function unreachableReason(socket: Listener, guestAddress: string): RejectionReason | null {
  if (isLoopback(socket.address)) return "loopback";
  if (socket.v6only) return "v6only";
  if (isAny(socket.address)) return null;
  const address = unmapIpv4(socket.address) ?? socket.address;
  if (address.includes(":")) return "v6only";
  return address === guestAddress ? null : "other-address";
}

interface Obstacles {
  readonly excluded: PortSet;
  readonly foreign: ReadonlyMap<number, readonly Entry[]>;
  readonly unread: readonly UnreadRow[];
  readonly taken: ReadonlyMap<number, WindowsListener>;
}

function indexObstacles(host: HostView): Obstacles {
  // A range of ports (netsh stores `30000-50000`) never listens, so it stands in nobody's way.
  const foreign = Map.groupBy(host.foreign, (entry) => readPortWord(entry.listenPort) ?? 0);
  // The firewall opens a port on every address of Windows, so it does not matter which one the program has. Its
  // loopback stays closed whatever the firewall says; WSL's own relay listens there on each of our ports.
  const outside = host.taken.filter((listener) => !isLoopback(listener.address));
  return {
    excluded: host.excluded,
    foreign,
    unread: host.unread,
    taken: new Map(outside.map((listener) => [listener.port, listener])),
  };
}

/** What on Windows stands in the way of the rule, or null. */
function findObstacle(
  rule: Rule,
  listener: SeenListener | null,
  obstacles: Obstacles,
  pending: ReadonlySet<string>,
): { reason: RejectionReason; detail: string; holder?: Pick<Rejection, "holderPid"> } | null {
  if (pending.has(entryKey(rule))) return { reason: "pending", detail: "" };
  if (isDirect(rule) && rule.connectPort !== rule.listenPort) return { reason: "renumbered", detail: "" };
  // In mirrored mode guest and Windows share their ports: what listens here has its port on Windows, too.
  const hasPort = isDirect(rule) && listener !== null;
  if (!hasPort && obstacles.excluded.has(rule.listenPort)) return { reason: "excluded-range", detail: "" };
  const entry = obstacles.foreign.get(rule.listenPort)?.find((entry) => overlaps(entry, rule));
  if (entry !== undefined) return { reason: "foreign-entry", detail: formatEntry(entry) };
  const row = obstacles.unread.find(({ ports }) => ports.has(rule.listenPort));
  if (row !== undefined) return { reason: "foreign-entry", detail: row.text };
  const taken = hasPort ? undefined : obstacles.taken.get(rule.listenPort);
  if (taken === undefined) return null;
  return { reason: "taken-on-windows", detail: `pid ${taken.pid}`, holder: { holderPid: taken.pid } };
}

/** Whether an entry on the same port can take the rule's connections, or be opened by its firewall rule. */
function overlaps(entry: Entry, rule: Rule): boolean {
  const address = parseIpv4(entry.listenAddress); // null: a host name or `*`, which can be any address.
  return entry.listenAddress === rule.listenAddress || address === null || !isLoopback(address);
}
