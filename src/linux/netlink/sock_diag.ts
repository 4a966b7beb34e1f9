import { type Family, formatIpv4, formatIpv6 } from "../../net/address.ts";
import type { Listener } from "../../net/listener.ts";
import { messageOf } from "../../process/command.ts";
import type { ListenerSource } from "../../contracts/listeners.ts";
import { SnapshotError } from "../../contracts/snapshot_error.ts";
import { NETLINK_SOCK_DIAG, NetlinkDump } from "./netlink.ts";
import { type NetlinkMessage, readAttributes } from "./netlink_messages.ts";

/** The type of a request and of its answers (linux/sock_diag.h). */
export const SOCK_DIAG_BY_FAMILY = 20;
const IPPROTO_TCP = 6;
const TCP_LISTEN = 10;
const INET_DIAG_SKV6ONLY = 11;
/** struct inet_diag_req_v2 (linux/inet_diag.h). */
const REQUEST_BYTES = 56;
/** struct inet_diag_msg. */
export const MESSAGE_BYTES = 72;

/** AF_INET and AF_INET6. There is no request for both: sock_diag has a handler for each. */
const KERNEL_FAMILIES = [2, 10] as const;

/**
 * What listens, by sock_diag: the kernel walks the listening sockets alone, so the cost does not depend on the
 * connections, and needs no privilege. An MPTCP listener appears with its first subflow, which carries the inode
 * of the socket that the program holds (mptcp_subflow_create_socket).
 */
export class SockDiagListeners implements ListenerSource {
  /** What the status shows. */
  readonly name = "netlink";
  readonly #dump: NetlinkDump;

  /** Throws SystemCallError where the kernel has no sock_diag. */
  constructor() {
    this.#dump = new NetlinkDump(NETLINK_SOCK_DIAG);
  }

  /** Every TCP socket in LISTEN: IPv4, then IPv6. Throws SnapshotError. */
  snapshot(): readonly Listener[] {
    try {
      return KERNEL_FAMILIES.flatMap((family) =>
        this.#dump.dump(SOCK_DIAG_BY_FAMILY, requestSockets(family, IPPROTO_TCP, TCP_LISTEN), readListener)
      );
    } catch (error) {
      throw new SnapshotError(
        "netlink",
        `Cannot read the listening sockets by netlink: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /** Gives back the socket; safe to call twice. */
  close(): void {
    this.#dump.close();
  }
}

/** Asks for the sockets of a family (AF_*) and a protocol (IPPROTO_*) that are in a state (TCP_*). */
export function requestSockets(kernelFamily: number, protocol: number, state: number): Uint8Array {
  const request = new Uint8Array(REQUEST_BYTES);
  request[0] = kernelFamily;
  request[1] = protocol;
  // Byte 2 would ask for extensions. INET_DIAG_SKV6ONLY needs none: the kernel adds it to every IPv6 socket that is not
  // connected (inet_diag_msg_attrs_fill).
  new DataView(request.buffer).setUint32(4, 1 << state, true);
  return request;
}

/** Reads an inet_diag_msg. Returns undefined for a socket that is not, or not any more, a TCP listener. */
export function readListener(message: NetlinkMessage): Listener | undefined {
  const { bytes, view, start, end } = message;
  if (message.type !== SOCK_DIAG_BY_FAMILY || end - start < MESSAGE_BYTES) {
    throw new RangeError(`sock_diag sent a message of type ${message.type} with ${end - start} bytes`);
  }
  const family: Family = bytes[start] === 2 ? 4 : 6;
  const port = view.getUint16(start + 4, false);
  if (bytes[start + 1] !== TCP_LISTEN || port === 0) return undefined;
  return {
    protocol: "tcp",
    family,
    address: family === 4 ? formatIpv4(bytes, start + 8) : formatIpv6(bytes, start + 8),
    port,
    inode: view.getUint32(start + 68, true),
    uid: view.getUint32(start + 64, true),
    v6only: family === 6 && readV6only(message),
    cookie: view.getBigUint64(start + 44, true),
  };
}

/** Whether an IPv6 socket refuses IPv4. */
export function readV6only(message: NetlinkMessage): boolean {
  for (const { type, start } of readAttributes(message, message.start + MESSAGE_BYTES)) {
    if (type === INET_DIAG_SKV6ONLY) return message.bytes[start] === 1;
  }
  return false;
}
