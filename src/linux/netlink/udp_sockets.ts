import type { ListenerSource } from "../../contracts/listeners.ts";
import { SnapshotError } from "../../contracts/snapshot_error.ts";
import type { Listener } from "../../net/listener.ts";
import type { PortSet } from "../../net/port_set.ts";
import { messageOf } from "../../process/command.ts";
import { readUdpTables } from "../proc/proc_net_udp.ts";
import { BOUND_UDP, dumpSockets } from "./inet_diag.ts";
import { NETLINK_SOCK_DIAG, NetlinkDump } from "./netlink.ts";

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
      const all = this.#dump === null ? readUdpTables() : dumpSockets(this.#dump, BOUND_UDP);
      return all.filter(({ port }) => !this.#passedOver.has(port));
    } catch (error) {
      throw new SnapshotError("netlink", `Cannot read the UDP sockets: ${messageOf(error)}`, {
        cause: error,
      });
    }
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
    dumpSockets(dump, BOUND_UDP);
    return dump;
  } catch {
    dump?.close();
    return null;
  }
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
