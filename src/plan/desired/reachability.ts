import { isAny, isLoopback, unmapIpv4 } from "../../net/address.ts";
import type { Listener } from "../../net/listener.ts";
import type { SeenListener } from "./forward.ts";
import { judgeHeldBack } from "../held_back/judge_held_back.ts";
import { type Admission, findAdmission } from "../loopback/find_admission.ts";
import { hintAtName } from "./name_hint.ts";
import { judge, type Policy } from "./policy.ts";
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
}

/** Judges the sockets of one protocol and port, at least one, in the order of `compareListeners`. */
export function judgePort(sockets: readonly SeenListener[], policy: Policy, guestAddress: string): Verdict {
  const reachable = whoAnswers(
    sockets.filter((socket) => unreachableReason(socket, guestAddress, policy.beside) === null),
  );
  if (reachable.length === 0) return judgeUnreachable(sockets, policy, guestAddress);
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
      reason: unreachableReason(subject, guestAddress, policy.beside),
      detail: subject.address,
      subject,
    };
  }
  const { listener } = found;
  if ("reason" in found) return { ...found, listener: null, subject: listener };
  return { ...found, reason: null, detail: "", subject: listener };
}

/** Why Windows cannot reach the socket through the guest's address, or one of those beside it, or null where it can. */
export function unreachableReason(
  socket: Listener,
  guestAddress: string,
  beside: readonly string[] = [],
): RejectionReason | null {
  if (isLoopback(socket.address)) return "loopback";
  if (socket.v6only) return "v6only";
  if (isAny(socket.address)) return null;
  const address = unmapIpv4(socket.address) ?? socket.address;
  if (address.includes(":")) return "v6only";
  return address === guestAddress || beside.includes(address) ? null : "other-address";
}
