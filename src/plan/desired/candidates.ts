import type { Family } from "../../net/address.ts";
import type { Protocol } from "../../net/endpoint.ts";
import { compareListeners, isWslOwn } from "../../net/listener.ts";
import type { Origin, SeenListener } from "./forward.ts";
import type { Admission } from "../loopback/find_admission.ts";
import { openingKey } from "../claims/opening.ts";
import type { PortSet } from "../../net/port_set.ts";
import type { Policy } from "./policy.ts";
import { inSlices, type Sliced } from "../slices.ts";
import { judgePort } from "./reachability.ts";
import type { Rejection } from "./rejection.ts";

/** A port of the guest that the user wants on a port of the host. */
export interface Candidate {
  /** What it speaks. */
  readonly protocol: Protocol;
  /** On the host; 1 to 65535. */
  readonly hostPort: number;
  /** In the guest; 1 to 65535. */
  readonly guestPort: number;
  /** Why. */
  readonly origin: Origin;
  /** What listens there; null for a fixed port on which nothing does. */
  readonly listener: SeenListener | null;
  /** For the forward; see there. */
  readonly admission?: Admission;
  /** See Verdict. */
  readonly families?: readonly Family[];
}

/**
 * The candidates in order of precedence: fixed ports, then maps, then the other listeners, lowest guest port first; and
 * what is rejected whatever the host holds.
 */
export function* listCandidates(
  listeners: readonly SeenListener[],
  policy: Policy,
  guestAddress: string,
): Sliced<{ candidates: Candidate[]; rejections: Rejection[] }> {
  const mapped: Candidate[] = [], plain: Candidate[] = [], rejections: Rejection[] = [];
  const reachable = new Map<string, Pick<Candidate, "listener" | "admission" | "families">>();
  yield* inSlices(groupByPort(listeners), (sockets) => {
    const { protocol, port: guestPort } = sockets[0]!;
    const isFixed = fixedPortsOf(policy, protocol).has(guestPort) &&
      policy.byHand?.get(guestPort) !== "closed";
    const { listener, reason, detail, subject, ...rest } = judgePort(sockets, policy, guestAddress);
    if (listener !== null && isFixed) reachable.set(openingKey(listener), { listener, ...rest });
    // Maps are TCP's.
    const maps = protocol === "tcp" ? policy.portMaps.filter((map) => map.guestPort === guestPort) : [];
    if (reason !== null) {
      if (isFixed) return;
      const hostPort = maps[0]?.hostPort ?? guestPort;
      rejections.push({ protocol, hostPort, listener: subject, program: subject.program, reason, detail });
    } else if (maps.length > 0) {
      for (const { hostPort } of maps) {
        mapped.push({ protocol, hostPort, guestPort, origin: "listener", listener, ...rest });
      }
    } else if (!isFixed) {
      plain.push({ protocol, hostPort: guestPort, guestPort, origin: "listener", listener, ...rest });
    }
  });
  const fixed = PROTOCOLS.flatMap((protocol) => {
    const ports = [...fixedPortsOf(policy, protocol).ports()];
    return ports.filter((port) => policy.byHand?.get(port) !== "closed").map((port): Candidate => ({
      protocol,
      hostPort: port,
      guestPort: port,
      origin: "fixed-port",
      listener: null,
      ...reachable.get(openingKey({ protocol, port })),
    }));
  });
  return { candidates: [...fixed, ...mapped, ...plain], rejections };
}

const PROTOCOLS: readonly Protocol[] = ["tcp", "udp"];

function fixedPortsOf(policy: Policy, protocol: Protocol): PortSet {
  return protocol === "tcp" ? policy.fixedPorts : policy.fixedUdpPorts;
}

/** The sockets of each protocol and port together, lowest port first. */
function* groupByPort(listeners: readonly SeenListener[]): Iterable<SeenListener[]> {
  let sockets: SeenListener[] = [];
  for (const each of listeners.filter((each) => !isWslOwn(each)).sort(compareListeners)) {
    const first = sockets[0];
    if (first !== undefined && (first.port !== each.port || first.protocol !== each.protocol)) {
      yield sockets;
      sockets = [];
    }
    sockets.push(each);
  }
  if (sockets.length > 0) yield sockets;
}
