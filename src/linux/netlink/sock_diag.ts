import type { Listener } from "../../net/listener.ts";
import { messageOf } from "../../process/command.ts";
import type { ListenerSource } from "../../contracts/listeners.ts";
import { SnapshotError } from "../../contracts/snapshot_error.ts";
import { dumpSockets, LISTENING_TCP } from "./inet_diag.ts";
import { NETLINK_SOCK_DIAG, NetlinkDump } from "./netlink.ts";

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
      return dumpSockets(this.#dump, LISTENING_TCP);
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
