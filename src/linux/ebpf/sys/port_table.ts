import { Errno, type LibcCalls } from "../../../ffi/libc.ts";
import { Attribute } from "./attribute.ts";
import { BpfError, type BpfSyscall } from "./bpf_syscall.ts";

/** Commands of bpf(2) (enum bpf_cmd), and a kind of map (enum bpf_map_type) for each kind of table. */
const MAP_CREATE = 0, LOOKUP = 1, UPDATE = 2, DELETE = 3;
const MAP_TYPES = { cookies: 1, sockets: 18 } as const;
const KEY_BYTES = 4, VALUE_BYTES = 8;
/** Memory that V8 does not move, as in {@link Attribute}. */
const BUFFER_BYTES = 128;

/**
 * A map of ports in the kernel. `cookies`: a HASH of numbers; `sockets`: a SOCKHASH, which only a program can fill, out of
 * which a closed socket vanishes, and which reads as the cookies of its sockets.
 */
export class PortTable {
  /** Its descriptor. */
  readonly fd: number;
  readonly #calls: LibcCalls<"close">;
  readonly #syscall: BpfSyscall;
  readonly #key = new Uint8Array(BUFFER_BYTES);
  readonly #value = new Uint8Array(BUFFER_BYTES);

  /** For at most `capacity` ports. Throws BpfError; ENOENT and EINVAL for `sockets` where the kernel has no sockmap. */
  constructor(
    calls: LibcCalls<"close">,
    syscall: BpfSyscall,
    kind: keyof typeof MAP_TYPES,
    capacity: number,
  ) {
    this.#calls = calls;
    this.#syscall = syscall;
    const attribute = new Attribute().set32(0, MAP_TYPES[kind]).set32(4, KEY_BYTES).set32(8, VALUE_BYTES)
      .set32(12, capacity);
    this.fd = syscall.call(`create the map of ${kind}`, MAP_CREATE, attribute);
  }

  /** What a port has; null for nothing. Throws BpfError. */
  get(port: number): bigint | null {
    const isThere = this.#callFor("read", LOOKUP, port, true);
    return isThere ? new DataView(this.#value.buffer).getBigUint64(0, true) : null;
  }

  /** Gives a port a cookie. Throws BpfError; E2BIG where the table is full. */
  set(port: number, cookie: bigint): void {
    new DataView(this.#value.buffer).setBigUint64(0, cookie, true);
    this.#callFor("write", UPDATE, port, true);
  }

  /** Takes a port out, which need not be there. Throws BpfError. */
  delete(port: number): void {
    this.#callFor("shorten", DELETE, port, false);
  }

  /** Gives it back. To be called once. */
  close(): void {
    this.#calls.symbols.close(this.fd);
  }

  /** Returns false where the port is not there. */
  #callFor(step: string, command: number, port: number, hasValue: boolean): boolean {
    new DataView(this.#key.buffer).setUint32(0, port, true);
    const attribute = new Attribute().set32(0, this.fd).setAddress(8, this.#key);
    if (hasValue) attribute.setAddress(16, this.#value);
    try {
      this.#syscall.call(`${step} a map`, command, attribute);
      return true;
    } catch (error) {
      if (error instanceof BpfError && error.errno === Errno.ENOENT) return false;
      throw error;
    }
  }
}
