import { unmapIpv4 } from "../../net/address.ts";
import type { Listener } from "../../net/listener.ts";
import type { SeenListener } from "../desired/forward.ts";
import { judge, judgeDenied, type Policy } from "../desired/policy.ts";
import type { RejectionReason } from "../desired/rejection.ts";
import { nameByPort } from "./loopback_policy.ts";
import { judgeLoopback } from "./judge_loopback.ts";

/** A service on 127.0.0.1 that is to be opened at the guest's address. */
export interface Admission {
  /** In the guest. */
  readonly port: number;
  /** Of the one socket that may have its connections. */
  readonly cookie: bigint;
}

/** Whether the kernel could let Windows in to a socket: one at 127.0.0.1 takes IPv4, one at ::1 never does. */
export function isOpenable({ protocol, address }: Pick<Listener, "protocol" | "address">): boolean {
  return protocol === "tcp" && (unmapIpv4(address) ?? address) === "127.0.0.1";
}

/** What follows for a port on which nothing listens that Windows reaches by itself. `listener`: whom it is about. */
export type FoundAdmission =
  | { readonly admission: Admission; readonly listener: SeenListener }
  | { readonly reason: RejectionReason; readonly detail: string; readonly listener: SeenListener };

/**
 * Which of the sockets on a port is to be opened, or why none is; null where none is at 127.0.0.1. A connection can reach each socket
 * of a SO_REUSEPORT group, so one of them that may not be opened keeps the port closed. `sockets`: in a stable order; the first
 * counts, so that nothing changes while it is there.
 */
export function findAdmission(
  sockets: readonly SeenListener[],
  policy: Policy,
): FoundAdmission | null {
  const local = sockets.filter(isOpenable);
  const first = local[0];
  if (first === undefined) return null;
  for (const listener of local) {
    const refusal = refuse(policy, listener);
    if (refusal !== null) return { ...refusal, listener };
  }
  const { port, cookie } = first;
  if (cookie !== undefined) return { admission: { port, cookie }, listener: first };
  const detail = "the kernel does not tell sockets apart, as netlink is not to be had";
  return { reason: "loopback-closed", detail, listener: first };
}

/** What was opened by hand was named by its port, before everything else; what runs code still has to be named a second time. */
function refuse(
  policy: Policy,
  { port, program, address }: SeenListener,
): { readonly reason: RejectionReason; readonly detail: string } | null {
  const hand = policy.byHand?.get(port);
  if (hand === "closed") return { reason: "closed", detail: "" };
  if (hand === "open") return judgeLoopback(nameByPort(policy.loopback, port), port, program);
  const closed = judgeLoopback(policy.loopback, port, program);
  if (closed?.reason === "loopback") return { reason: "loopback", detail: address };
  // What is disallowed stays closed, also where it is allowed elsewhere on the line.
  const denied = judgeDenied(policy, port, program) ?? judge(policy, port, program);
  return denied === null ? closed : { reason: denied, detail: "" };
}
