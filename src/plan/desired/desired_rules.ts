import { familyOf, isAny, isLoopback } from "../../net/address.ts";
import { endpointAt } from "../../net/endpoint.ts";
import { type Candidate, listCandidates } from "./candidates.ts";
import { type Desired, type Forward, hostPortOf, type SeenListener } from "./forward.ts";
import type { HostView } from "./host_view.ts";
import { clearWay, indexObstacles } from "./obstacles.ts";
import { openingKey } from "../claims/opening.ts";
import type { Policy } from "./policy.ts";
import type { Rejection, RejectionReason } from "./rejection.ts";
import { finish, inSlices, type Sliced } from "../slices.ts";
import { guestPortOf, type Rule } from "../rules/rule.ts";

/**
 * What should be forwarded, given what listens, what the user wants, the guest's address that Windows connects to
 * (never a loopback address: RangeError), what Windows holds besides ours, the ports (`openingKey`) that must be left
 * alone for now, and the endpoints (`endpointKey`) and addresses of Windows for which it refused an entry. The order of the listeners does not matter.
 *
 * | what listens on a guest port                     | result                                              |
 * | ------------------------------------------------ | --------------------------------------------------- |
 * | 0.0.0.0, [::] that takes IPv4, guest's address   | forwarded once, however many sockets there are      |
 * | one of these, and others on loopback             | forwarded; the others are not worth a word          |
 * | several of these, one of them not allowed        | rejected: a connection could reach either           |
 * | 127.0.0.1 that the user named, and none of these | forwarded, once it is let in to                     |
 * | loopback, IPv6 only, another address, only these | rejected for the first of these reasons             |
 * | fixed port                                       | forwarded, whatever listens and whatever the policy |
 */
export function desiredRules(...situation: Parameters<typeof desireInSlices>): Desired {
  return finish(desireInSlices(...situation));
}

/** The same in slices. */
export function* desireInSlices(
  listeners: readonly SeenListener[],
  policy: Policy,
  guestAddress: string,
  host: HostView,
  pending: ReadonlySet<string> = new Set(),
  refused: ReadonlySet<string> = new Set(),
): Sliced<Desired> {
  if (isLoopback(guestAddress) || isAny(guestAddress)) {
    throw new RangeError(`Cannot forward to ${guestAddress}: Windows would connect to itself`);
  }
  const { candidates, rejections: unwanted } = yield* listCandidates(listeners, policy, guestAddress);
  const rejections: Rejection[] = [...unwanted];
  const forwards = new Map<string, Forward>();
  const obstacles = indexObstacles(host, pending, refused);
  yield* inSlices(candidates, (candidate) => {
    const { protocol, hostPort, guestPort, listener } = candidate;
    const reject = (reason: RejectionReason, detail: string, holder: Pick<Rejection, "holderPid"> = {}) =>
      rejections.push({
        protocol,
        hostPort,
        listener,
        program: listener?.program ?? null,
        reason,
        detail,
        ...holder,
      });
    const forward = makeForward(candidate, policy, guestAddress);
    const key = openingKey(hostPortOf(forward)), first = forwards.get(key);
    if (first !== undefined) {
      const other = guestPortOf(first.rules[0]!);
      if (other !== guestPort) reject("host-port-in-use", `guest port ${other}`);
      return;
    }
    const way = clearWay(forward, guestPort, obstacles, policy.sharedPorts);
    if ("reason" in way) reject(way.reason, way.detail, way.holder);
    else forwards.set(key, way);
  });
  return {
    forwards: [...forwards.values()].sort((a, b) => hostPortOf(a).port - hostPortOf(b).port),
    rejections: rejections.sort((a, b) => a.hostPort - b.hostPort),
  };
}

function makeForward(candidate: Candidate, policy: Policy, guestAddress: string): Forward {
  const { protocol, hostPort, guestPort, origin, listener, admission, families } = candidate;
  const target: Rule["target"] = policy.reach === "direct"
    ? { kind: "direct" }
    : { kind: "proxy", to: endpointAt(protocol, guestAddress, guestPort) };
  const isTaken = (address: string) => families === undefined || families.includes(familyOf(address));
  const rules = policy.listenAddresses.filter(isTaken).map((address) => ({
    listen: endpointAt(protocol, address, hostPort),
    target,
  }));
  return { rules, missing: [], origin, listener, ...admission && { admission } };
}
