import { type Wake, type WakeSource, WakeSourceError } from "../../contracts/wake.ts";
import { messageOf } from "../../process/command.ts";
import { DescriptorWait } from "../../ffi/descriptor_wait.ts";
import { type Libc, openLibc } from "../../ffi/libc.ts";
import { drainChanges, NETLINK_ROUTE, openNetlinkSocket } from "./netlink.ts";

/** RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE (linux/rtnetlink.h). */
const GROUPS = 0x1 | 0x10 | 0x40;
const WAKE: Wake = { reason: "address", events: [] };

/** Wakes when an interface, an IPv4 address or an IPv4 route changes; what it is now, the address source tells. */
export class AddressWake implements WakeSource {
  /** What the status shows. */
  readonly name = "rtnetlink";
  #libc: Libc | null = null;
  #fd = -1;
  #wait: DescriptorWait | null = null;
  #running: Promise<void> = Promise.resolve();

  /** Resolves once every later change is heard. Rejects with WakeSourceError where the kernel refuses. */
  start(onWake: (wake: Wake) => void, onEnd: (reason: WakeSourceError) => void): Promise<void> {
    if (this.#wait !== null) throw new TypeError("Cannot start an AddressWake that runs");
    try {
      this.#libc = openLibc();
      this.#fd = openNetlinkSocket(this.#libc, NETLINK_ROUTE, GROUPS);
      this.#wait = new DescriptorWait(this.#fd);
    } catch (error) {
      this.#release();
      return Promise.reject(
        new WakeSourceError(`Changes of the guest's address cannot be watched: ${messageOf(error)}`, false),
      );
    }
    this.#running = this.#listen(this.#wait, this.#libc, onWake, onEnd);
    return Promise.resolve();
  }

  /** Resolves when nothing of it is left. Safe to call twice, and before start. */
  async stop(): Promise<void> {
    const wait = this.#wait;
    this.#wait = null;
    await wait?.stop();
    await this.#running;
    this.#release();
  }

  async #listen(
    wait: DescriptorWait,
    libc: Libc,
    onWake: (wake: Wake) => void,
    onEnd: (reason: WakeSourceError) => void,
  ): Promise<void> {
    for (;;) {
      const state = await wait.next();
      if (state === "stopped") return;
      const error = state === "broken"
        ? "the socket broke"
        : drainChanges(libc, this.#fd, "rtnetlink")?.message ?? null;
      if (error !== null) {
        onEnd(
          new WakeSourceError(`Changes of the guest's address cannot be watched any more: ${error}`, true),
        );
        return;
      }
      onWake(WAKE);
    }
  }

  #release(): void {
    if (this.#fd >= 0) this.#libc?.symbols.close(this.#fd);
    this.#fd = -1;
    this.#libc?.close();
    this.#libc = null;
  }
}
