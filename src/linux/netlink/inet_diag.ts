import { type Family, formatIpv4, formatIpv6 } from "../../net/address.ts";
import type { Listener } from "../../net/listener.ts";
import type { NetlinkDump } from "./netlink.ts";
import { type NetlinkMessage, readAttributes } from "./netlink_messages.ts";

/** The type of a request and of its answers (linux/sock_diag.h). */
const SOCK_DIAG_BY_FAMILY = 20;
const INET_DIAG_SKV6ONLY = 11;
/** struct inet_diag_req_v2 (linux/inet_diag.h). */
const REQUEST_BYTES = 56;
/** struct inet_diag_msg. */
const MESSAGE_BYTES = 72;

/** AF_INET and AF_INET6. There is no request for both: sock_diag has a handler for each. */
const KERNEL_FAMILIES = [2, 10] as const;

/** Which sockets are asked for. */
export interface SocketKind {
  /** As of a listener. */
  readonly protocol: Listener["protocol"];
  /** IPPROTO_* (linux/in.h). */
  readonly kernelProtocol: number;
  /** TCP_* (net/tcp_states.h), also of UDP. */
  readonly state: number;
}

/** TCP in TCP_LISTEN. */
export const LISTENING_TCP: SocketKind = { protocol: "tcp", kernelProtocol: 6, state: 10 };

/** UDP in TCP_CLOSE: bound and not connected (udp_diag.c); one that is connected talks to one peer only. */
export const BOUND_UDP: SocketKind = { protocol: "udp", kernelProtocol: 17, state: 7 };

/** Every socket of a kind: IPv4, then IPv6. Throws SystemCallError, RangeError where a message does not fit. */
export function dumpSockets(dump: NetlinkDump, kind: SocketKind): Listener[] {
  const read = (message: NetlinkMessage) => readSocket(message, kind);
  return KERNEL_FAMILIES.flatMap((family) =>
    dump.dump(SOCK_DIAG_BY_FAMILY, requestSockets(family, kind), read)
  );
}

function requestSockets(kernelFamily: number, { kernelProtocol, state }: SocketKind): Uint8Array {
  const request = new Uint8Array(REQUEST_BYTES);
  request[0] = kernelFamily;
  request[1] = kernelProtocol;
  // Byte 2 would ask for extensions. INET_DIAG_SKV6ONLY needs none: the kernel adds it to every IPv6 socket that is not
  // connected (inet_diag_msg_attrs_fill).
  new DataView(request.buffer).setUint32(4, 1 << state, true);
  return request;
}

/** Reads an inet_diag_msg. Returns undefined for a socket that is not of this kind, or not any more, or has no port yet. */
export function readSocket(message: NetlinkMessage, { protocol, state }: SocketKind): Listener | undefined {
  const { bytes, view, start, end } = message;
  if (message.type !== SOCK_DIAG_BY_FAMILY || end - start < MESSAGE_BYTES) {
    throw new RangeError(`sock_diag sent a message of type ${message.type} with ${end - start} bytes`);
  }
  const family: Family = bytes[start] === 2 ? 4 : 6;
  const port = view.getUint16(start + 4, false), peerPort = view.getUint16(start + 6, false);
  if (bytes[start + 1] !== state || port === 0) return undefined;
  // What listens by TCP has no peer, whatever stands there.
  if (protocol === "udp" && peerPort !== 0) return undefined;
  return {
    protocol,
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
function readV6only(message: NetlinkMessage): boolean {
  for (const { type, start } of readAttributes(message, message.start + MESSAGE_BYTES)) {
    if (type === INET_DIAG_SKV6ONLY) return message.bytes[start] === 1;
  }
  return false;
}
