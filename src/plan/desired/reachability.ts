import { ANY_IPV6, type Family, familyOf, isAny, isLoopback, unmapIpv4 } from "../../net/address.ts";
import type { Listener } from "../../net/listener.ts";
import type { SeenListener } from "./forward.ts";
import { judgeHeldBack } from "../held_back/judge_held_back.ts";
import { type Admission, findAdmission } from "../loopback/find_admission.ts";
import { hintAtName } from "./name_hint.ts";
import { judge, listensByIpv6, type Policy } from "./policy.ts";
import type { RejectionReason } from "./rejection.ts";

/** What is to be said of a port of the guest. */
export interface Verdict {
  /** The socket that counts for the port; null where none of them can be reached. */
  readonly listener: SeenListener | null;
  /** Null where the port may be forwarded. */
  readonly reason: RejectionReason | null;
  /** What stands in the way; empty where the reason says all. */
  readonly detail: string;
  /** The socket that is told of. */
  readonly subject: SeenListener;
  /** Set where the socket that counts has to be let in to; see Forward. */
  readonly admission?: Admission;
  /** Where others reach the sockets themselves: the families that one of them takes. */
  readonly families?: readonly Family[];
}

/** Judges the sockets of one protocol and port, at least one, in the order of `compareListeners`. */
export function judgePort(sockets: readonly SeenListener[], policy: Policy, guestAddress: string): Verdict {
  const reach = reachOf(policy);
  const reachable = whoAnswers(
    sockets.filter((socket) => unreachableReason(socket, guestAddress, reach) === null),
  );
  if (reachable.length === 0) return judgeUnreachable(sockets, policy, guestAddress);
  const verdict = judgeReachable(reachable, policy);
  if (policy.reach === "forwarded") return verdict;
  const families = ([4, 6] as const).filter((family) => reachable.some((socket) => takes(socket, family)));
  return { ...verdict, families };
}

function judgeReachable(reachable: readonly SeenListener[], policy: Policy): Verdict {
  for (const listener of reachable) {
    const reason = judge(policy, listener.port, listener.program);
    if (reason !== null) {
      const detail = reason === "unlisted" ? hintAtName(policy.allowPrograms, listener.program) : "";
      return { listener, reason, detail, subject: listener };
    }
    const detail = judgeHeldBack(policy, listener);
    if (detail !== null) return { listener, reason: "held-back", detail, subject: listener };
  }
  const listener = reachable.find((socket) => socket.program !== null) ?? reachable[0]!;
  return { listener, reason: null, detail: "", subject: listener };
}

/** The kernel goes by its rules of NAT before it looks for a socket: whoever connects meets what they lead to. */
function whoAnswers(reachable: readonly SeenListener[]): readonly SeenListener[] {
  const led = reachable.find(({ published }) => published !== undefined);
  if (led === undefined) return reachable;
  const socket = reachable.find(({ published }) => published === undefined);
  return [socket === undefined ? led : { ...socket, program: led.program, published: led.published! }];
}

function judgeUnreachable(sockets: readonly SeenListener[], policy: Policy, guestAddress: string): Verdict {
  const found = findAdmission(sockets, policy);
  if (found === null) {
    const subject = sockets[0]!;
    return {
      listener: null,
      reason: unreachableReason(subject, guestAddress, reachOf(policy)),
      detail: subject.address,
      subject,
    };
  }
  const { listener } = found;
  if ("reason" in found) return { ...found, listener: null, subject: listener };
  return { ...found, reason: null, detail: "", subject: listener };
}

/** How others get to a socket. */
export interface Reach {
  /** Whether they come by IPv6, too: what forwards connects to the guest by IPv4; where nothing does, IPv6 is as good. */
  readonly isByIpv6: boolean;
  /** Addresses of the guest that are as good as the one that Windows connects to. */
  readonly beside: readonly string[];
}

/** Windows connects to the guest's address. */
export const THROUGH_WINDOWS: Reach = { isByIpv6: false, beside: [] };

/** How they do with this policy. */
export function reachOf(
  { reach, listenAddresses, beside = [] }: Pick<Policy, "reach" | "listenAddresses" | "beside">,
): Reach {
  const isByIpv6 = reach === "direct" && listensByIpv6({ listenAddresses });
  return { isByIpv6, beside };
}

/**
 * Why a socket cannot be reached from outside, or null where it can. What is bound to one IPv6 address of a guest on Windows' own
 * addresses is taken for reachable: whether that address is Windows', too, is not known.
 */
export function unreachableReason(
  socket: Listener,
  guestAddress: string,
  { isByIpv6, beside }: Reach,
): RejectionReason | null {
  if (isLoopback(socket.address)) return "loopback";
  if (!takes(socket, 4)) return isByIpv6 ? null : "v6only";
  if (isAny(socket.address)) return null;
  const address = unmapIpv4(socket.address) ?? socket.address;
  return address === guestAddress || beside.includes(address) ? null : "other-address";
}

/** Whether a socket takes connections of a family. */
function takes({ address, v6only }: Listener, family: Family): boolean {
  if (familyOf(unmapIpv4(address) ?? address) === 4) return family === 4;
  return family === 6 || (address === ANY_IPV6 && !v6only);
}
