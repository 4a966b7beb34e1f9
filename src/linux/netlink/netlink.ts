import { Errno, lastError, type Libc, openLibc, SystemCallError } from "../../ffi/libc.ts";
import { HEADER_BYTES, type NetlinkMessage, readDumpPart } from "./netlink_messages.ts";

/** Netlink families (linux/netlink.h). */
export const NETLINK_ROUTE = 0;
/** The family of `ss`. */
export const NETLINK_SOCK_DIAG = 4;

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;

/** The kernel sends at most 32 KiB at once (netlink_recvmsg, netlink_dump); twice that leaves nothing to chance. */
const BUFFER_BYTES = 64 << 10;
/** A dump is answered within the call that asks for it. Where that is not so, an error is better than a hang. */
const RECEIVE_TIMEOUT_S = 2;
/** How often a dump is asked for again when the kernel says that its table changed meanwhile. */
const MAX_ATTEMPTS = 5;

/** A netlink socket that asks for tables. Not safe to use from within the function that reads its messages. */
export class NetlinkDump {
  readonly #libc: Libc;
  readonly #protocol: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #fd = -1;
  #sequence = 0;
  #isClosed = false;

  /** Throws SystemCallError where the kernel has no such netlink family. */
  constructor(protocol: number) {
    this.#protocol = protocol;
    this.#libc = openLibc();
    try {
      this.#open();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Asks for one table and reads each message of it. `read` returns undefined for what is to be left out. Throws
   * SystemCallError where the kernel refuses, and where the table kept changing or did not fit.
   */
  dump<T>(type: number, payload: Uint8Array, read: (message: NetlinkMessage) => T | undefined): T[] {
    // A call into a library that is closed would end the process, not throw.
    if (this.#isClosed) throw new TypeError("Cannot read from a netlink socket that is closed");
    for (let attempt = 1;; attempt++) {
      try {
        if (this.#fd < 0) this.#open();
        return this.#dumpOnce(type, payload, read);
      } catch (error) {
        // A dump that broke off may leave the rest of it in the socket, and a new one would be refused (EBUSY).
        this.#closeSocket();
        const isPassing = error instanceof SystemCallError &&
          (error.errno === Errno.EINTR || error.errno === Errno.ENOBUFS || error.errno === Errno.EBUSY);
        if (!isPassing || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** Gives back the socket and the library; safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeSocket();
    this.#libc.close();
  }

  #open(): void {
    this.#fd = openNetlinkSocket(this.#libc, this.#protocol);
  }

  #closeSocket(): void {
    if (this.#fd >= 0) this.#libc.symbols.close(this.#fd);
    this.#fd = -1;
  }

  #dumpOnce<T>(type: number, payload: Uint8Array, read: (message: NetlinkMessage) => T | undefined): T[] {
    const request = new Uint8Array(HEADER_BYTES + payload.length);
    const header = new DataView(request.buffer);
    this.#sequence = (this.#sequence + 1) >>> 0;
    header.setUint32(0, request.length, true);
    header.setUint16(4, type, true);
    header.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
    header.setUint32(8, this.#sequence, true);
    request.set(payload, HEADER_BYTES);
    const sent = Number(this.#libc.symbols.send(this.#fd, request, BigInt(request.length), 0));
    if (sent < 0) throw lastError(this.#libc, "send to netlink");

    const found: T[] = [];
    while (!readDumpPart(this.#buffer, this.#receive(), this.#sequence, read, found));
    return found;
  }

  /** The length of what was received. */
  #receive(): number {
    for (;;) {
      // With MSG_TRUNC the whole length is told, also where the buffer is too short for it.
      const length = Number(
        this.#libc.symbols.recv(this.#fd, this.#buffer, BigInt(BUFFER_BYTES), MSG_TRUNC),
      );
      if (length > BUFFER_BYTES) {
        throw new RangeError(`netlink sent ${length} bytes at once, more than ${BUFFER_BYTES}`);
      }
      if (length >= 0) return length;
      const error = lastError(this.#libc, "recv from netlink");
      if (error.errno !== Errno.EINTR) throw error;
    }
  }
}

/**
 * A netlink socket that hears the multicast groups of a mask (0: none). Only the kernel and programs with
 * CAP_NET_ADMIN can write to it (netlink_sendmsg), so senders are not checked. Throws SystemCallError.
 */
export function openNetlinkSocket(libc: Libc, protocol: number, groups = 0): number {
  const fd = libc.symbols.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw lastError(libc, `socket of netlink family ${protocol}`);
  const timeout = new BigInt64Array([BigInt(RECEIVE_TIMEOUT_S), 0n]);
  const address = new Uint8Array(12);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_NETLINK, true);
  view.setUint32(8, groups, true);
  const isReady = libc.symbols.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.byteLength) === 0 &&
    libc.symbols.bind(fd, address, address.length) === 0;
  if (isReady) return fd;
  const error = lastError(libc, `bind of netlink family ${protocol}`);
  libc.symbols.close(fd);
  throw error;
}

/**
 * Empties a socket that tells of changes, so that a burst of them is one. What went wrong; null where nothing did: ENOBUFS
 * says that some were dropped, and that there were some is all that matters. `what`: who sends, for the error.
 */
export function drainChanges(libc: Libc, fd: number, what: string): SystemCallError | null {
  const buffer = new Uint8Array(64 << 10);
  for (;;) {
    const length = libc.symbols.recv(fd, buffer, BigInt(buffer.length), MSG_DONTWAIT);
    if (length >= 0n) continue;
    const error = lastError(libc, `recv from ${what}`);
    if (error.errno === Errno.EAGAIN) return null;
    if (error.errno !== Errno.EINTR && error.errno !== Errno.ENOBUFS) return error;
  }
}
