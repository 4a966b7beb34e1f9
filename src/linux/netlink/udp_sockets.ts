import type { ListenerSource } from "../../contracts/listeners.ts";
import { SnapshotError } from "../../contracts/snapshot_error.ts";
import { type Family, formatIpv4, formatIpv6 } from "../../net/address.ts";
import type { Listener } from "../../net/listener.ts";
import type { PortSet } from "../../net/port_set.ts";
import { messageOf } from "../../process/command.ts";
import { readUdpTables } from "../proc/proc_net_udp.ts";
import { NETLINK_SOCK_DIAG, NetlinkDump } from "./netlink.ts";
import type { NetlinkMessage } from "./netlink_messages.ts";
import { MESSAGE_BYTES, readV6only, requestSockets, SOCK_DIAG_BY_FAMILY } from "./sock_diag.ts";

const IPPROTO_UDP = 17;
/** The state of a UDP socket that is bound and not connected (udp_diag.c); one that is connected talks to one peer only. */
const TCP_CLOSE = 7;

/**
 * The UDP sockets that anybody can send to, in place of listeners: bound, not connected, and outside the ports that the kernel
 * picks from for clients. By sock_diag; where the kernel has none for UDP, by /proc/net/udp.
 */
export class UdpSockets {
  readonly #passedOver: PortSet;
  #dump: NetlinkDump | null;

  /** `passedOver`: ports on which a socket is taken for a client's. */
  constructor(passedOver: PortSet) {
    this.#passedOver = passedOver;
    this.#dump = tryDump();
  }

  /** IPv4, then IPv6. Throws SnapshotError. */
  snapshot(): readonly Listener[] {
    try {
      const all = this.#dump === null ? readUdpTables() : this.#dumpBoth(this.#dump);
      return all.filter(({ port }) => !this.#passedOver.has(port));
    } catch (error) {
      throw new SnapshotError("netlink", `Cannot read the UDP sockets: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  #dumpBoth(dump: NetlinkDump): Listener[] {
    return [2, 10].flatMap((family) =>
      dump.dump(SOCK_DIAG_BY_FAMILY, requestSockets(family, IPPROTO_UDP, TCP_CLOSE), readUdpSocket)
    );
  }

  /** Gives back the socket; safe to call twice. */
  close(): void {
    this.#dump?.close();
  }
}

/** Null where the kernel has no sock_diag for UDP. */
function tryDump(): NetlinkDump | null {
  let dump: NetlinkDump | null = null;
  try {
    dump = new NetlinkDump(NETLINK_SOCK_DIAG);
    dump.dump(SOCK_DIAG_BY_FAMILY, requestSockets(2, IPPROTO_UDP, TCP_CLOSE), readUdpSocket);
    return dump;
  } catch {
    dump?.close();
    return null;
  }
}

/** Reads an inet_diag_msg of a UDP socket. Returns undefined for one that is connected, or has no port yet. */
export function readUdpSocket(message: NetlinkMessage): Listener | undefined {
  const { bytes, view, start, end } = message;
  if (message.type !== SOCK_DIAG_BY_FAMILY || end - start < MESSAGE_BYTES) {
    throw new RangeError(`sock_diag sent a message of type ${message.type} with ${end - start} bytes`);
  }
  const family: Family = bytes[start] === 2 ? 4 : 6;
  const port = view.getUint16(start + 4, false), peerPort = view.getUint16(start + 6, false);
  if (bytes[start + 1] !== TCP_CLOSE || port === 0 || peerPort !== 0) return undefined;
  return {
    protocol: "udp",
    family,
    address: family === 4 ? formatIpv4(bytes, start + 8) : formatIpv6(bytes, start + 8),
    port,
    inode: view.getUint32(start + 68, true),
    uid: view.getUint32(start + 64, true),
    v6only: family === 6 && readV6only(message),
    cookie: view.getBigUint64(start + 44, true),
  };
}

/** What listens by TCP, and what can be sent to by UDP. */
export class ListenersWithUdp implements ListenerSource {
  /** As of TCP. */
  readonly name: string;
  readonly #tcp: ListenerSource;
  readonly #udp: UdpSockets;

  /** Closes both when it is closed. */
  constructor(tcp: ListenerSource, udp: UdpSockets) {
    this.name = tcp.name;
    this.#tcp = tcp;
    this.#udp = udp;
  }

  /** Throws SnapshotError. */
  snapshot(): readonly Listener[] {
    return [...this.#tcp.snapshot(), ...this.#udp.snapshot()];
  }

  /** Gives back descriptors. */
  close(): void {
    this.#tcp.close();
    this.#udp.close();
  }
}
