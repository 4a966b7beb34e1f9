import type { Protocol } from "../../net/endpoint.ts";
import type { Listener, Program } from "../../net/listener.ts";

/** Why a port is not forwarded. */
export type RejectionReason =
  /** The service is bound to a loopback address: it does not want to be reached from outside. */
  | "loopback"
  /** The same, and the user named it by a range or a program's name, which do not mean what is held back. */
  | "loopback-held"
  /** The same: who connects to it can run programs, so it has to be named two times. */
  | "loopback-code"
  /** The same, and it is to be opened, but that cannot be done here. */
  | "loopback-closed"
  /** It takes IPv6 only; the host forwards to IPv4. */
  | "v6only"
  /** It is bound to an address of the guest that Windows does not connect to, such as a docker bridge. */
  | "other-address"
  /** It hands the machine over to whoever connects, without a password, and nobody said that it is meant. */
  | "held-back"
  /** The user closed it while wslfwd runs. */
  | "closed"
  /** Disallowed by port. */
  | "port"
  /** Disallowed by program, or not to be named while a program list is set. */
  | "program"
  /** Not in the allow list. */
  | "unlisted"
  /** An entry that is not ours holds the port on Windows. */
  | "foreign-entry"
  /** A program on Windows listens on the port. */
  | "taken-on-windows"
  /** Windows reserves the port. */
  | "excluded-range"
  /** Nothing forwards in mirrored mode, so a port cannot have another number on Windows (`--map`). */
  | "renumbered"
  /** Another fixed port, map or listener has the same port on Windows. */
  | "host-port-in-use"
  /** Windows itself answers others there (mDNS, NetBIOS): it must keep the port. */
  | "needed-by-windows"
  /** Windows refused the entry, and is asked again after a while. */
  | "refused"
  /** Nothing on this Windows can carry it. */
  | "no-carrier"
  /** What carries it is about to start: a moment later it is forwarded, or rejected for good. Not told of. */
  | "starting"
  /** An earlier change to this port has no known end yet. */
  | "pending";

/** A listener, or a port that the user fixed, that is not forwarded. Data, not an error. */
export interface Rejection {
  /** What it speaks. */
  readonly protocol: Protocol;
  /** The port that it would have on Windows. */
  readonly hostPort: number;
  /** What listens; null for a fixed port. */
  readonly listener: Listener | null;
  /** Its program; null where it is not known. */
  readonly program: Program | null;
  /** Why. */
  readonly reason: RejectionReason;
  /** What stands in the way: an address, an entry, a process id. Empty where the reason says all. Hostile text. */
  readonly detail: string;
  /** The process of Windows that has the port, where it is `taken-on-windows`. */
  readonly holderPid?: number;
}
