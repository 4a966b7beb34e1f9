import { DescriptorWait } from "../../ffi/descriptor_wait.ts";
import { type Libc, openLibc } from "../../ffi/libc.ts";
import { drainChanges, openNetlinkSocket } from "../netlink/netlink.ts";
import { NETLINK_NETFILTER } from "./nat_hooks.ts";

/** The group of changes of nf_tables, NFNLGRP_NFTABLES, as a bit (linux/netfilter/nfnetlink.h). */
const NFTABLES_GROUP = 1 << (7 - 1);

/**
 * Waits for changes of the guest's nf_tables, whoever makes them; of the older iptables the kernel tells nothing. Takes
 * CAP_NET_ADMIN. What has changed is not looked at: that there was something is all that matters.
 */
export class NatWake {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #wait: DescriptorWait;

  /** From now on nothing is missed. Throws SystemCallError where the kernel refuses. */
  constructor() {
    this.#libc = openLibc();
    try {
      this.#fd = openNetlinkSocket(this.#libc, NETLINK_NETFILTER, NFTABLES_GROUP);
    } catch (error) {
      this.#libc.close();
      throw error;
    }
    this.#wait = new DescriptorWait(this.#fd);
  }

  /** Resolves to true after a change, and to false once nothing will be told any more. One call at a time. */
  async next(): Promise<boolean> {
    return await this.#wait.next() === "ready" && drainChanges(this.#libc, this.#fd, "nf_tables") === null;
  }

  /** Ends it; resolves when nothing of it is left. To be called once. */
  async stop(): Promise<void> {
    await this.#wait.stop();
    this.#libc.symbols.close(this.#fd);
    this.#libc.close();
  }
}
