import { findBpfNumber, lastError, SystemCallError, toCString } from "../../../ffi/libc.ts";
import type { LibcCalls } from "../../../ffi/libc.ts";
import { Attribute } from "./attribute.ts";

/** Commands of bpf(2) (enum bpf_cmd). */
const MAP_CREATE = 0,
  PROG_LOAD = 5,
  PROG_GET_FD_BY_ID = 13,
  OBJ_GET_INFO_BY_FD = 15,
  PROG_QUERY = 16,
  RAW_TRACEPOINT_OPEN = 17;
const LINK_CREATE = 28, LINK_UPDATE = 29, ITER_CREATE = 33;
/** enum bpf_map_type, and a flag: user space may map it. */
const MAP_TYPE_ARRAY = 2, MAP_TYPE_LRU_HASH = 9, MAP_TYPE_RINGBUF = 27, F_MMAPABLE = 0x400;
/** enum bpf_prog_type, and what their programs attach to (enum bpf_attach_type). */
const PROGRAM_TYPES: Readonly<Record<ProgramType, { readonly program: number; readonly attach: number }>> = {
  raw_tracepoint: { program: 17, attach: 0 },
  typed_tracepoint: { program: 26, attach: 23 },
  iterator: { program: 26, attach: 28 },
  socket_lookup: { program: 30, attach: 36 },
  cgroup_bind4: { program: 9, attach: 12 },
  cgroup_bind6: { program: 9, attach: 13 },
  cgroup_release: { program: 9, attach: 34 },
};
/** At most so many programs of one kind can be attached to a network namespace (kernel/bpf/net_namespace.c). */
const MAX_ATTACHED = 64;
const LOG_BYTES = 64 << 10;
/** struct bpf_prog_info as far as we read it: u64 recursion_misses is its last (Linux 5.12 and later). */
const INFO_BYTES = 216, RECURSION_MISSES = 208, INFO_NAME = 64;
/** bpf_probe_read_kernel is for programs with a licence that the GPL is content with. */
const LICENSE = "Dual MIT/GPL";
const MAX_NAME_LENGTH = 15;

/** A bpf(2) that failed, with the verifier's complaint where there is one. */
export class BpfError extends SystemCallError {
  /** `log`: what the verifier wrote; empty where it was not asked or said nothing. */
  constructor(step: string, errno: number, readonly log = "") {
    super(step, errno);
  }
}

/** What the kernel is told of a program. */
export interface ProgramSource {
  /** Shown by `bpftool prog`: at most 15 letters, digits and underscores. */
  readonly name: string;
  /** What {@link assemble} made. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many instructions. */
  readonly count: number;
  /** What it is to the kernel. */
  readonly type: ProgramType;
  /** What it attaches to, as the kernel's BTF numbers it: a tracepoint's type or an iterator's function. Else null. */
  readonly attachTypeId: number | null;
}

/** A kind of program that is attached by a link of its own. */
export type LinkedType =
  | "iterator"
  | "socket_lookup"
  | "cgroup_bind4"
  | "cgroup_bind6"
  | "cgroup_release";

/** What a program is to the kernel: this decides what it is given and what it may call. */
export type ProgramType = "raw_tracepoint" | "typed_tracepoint" | LinkedType;

/** bpf(2). Every call throws BpfError and returns a descriptor that the caller closes and no child inherits. */
export class BpfSyscall {
  readonly #calls: LibcCalls<"bpf">;
  readonly #number: bigint;

  /** Throws RangeError on a machine that WSL does not run on. */
  constructor(calls: LibcCalls<"bpf">, architecture: string = Deno.build.arch) {
    const number = findBpfNumber(architecture);
    if (number === null) throw new RangeError(`bpf(2) has no known number on ${architecture}`);
    this.#calls = calls;
    this.#number = number;
  }

  /** A ring of `bytes` bytes. Linux 5.8 and later. */
  createRing(bytes: number): number {
    const attribute = new Attribute().set32(0, MAP_TYPE_RINGBUF).set32(12, bytes);
    return this.call("create the ring buffer (Linux 5.8 and later)", MAP_CREATE, attribute);
  }

  /** `bytes` bytes that a program can write and a process can map. Linux 5.5 and later. */
  createValue(bytes: number): number {
    const attribute = new Attribute().set32(0, MAP_TYPE_ARRAY).set32(4, 4).set32(8, bytes).set32(12, 1)
      .set32(16, F_MMAPABLE);
    return this.call("create the counters", MAP_CREATE, attribute);
  }

  /** A set of the cookies of sockets, out of which the least lately used go where there are more than `capacity`. */
  createCookieSet(capacity: number): number {
    const attribute = new Attribute().set32(0, MAP_TYPE_LRU_HASH).set32(4, 8).set32(8, 8).set32(12, capacity);
    return this.call("create the set of cookies", MAP_CREATE, attribute);
  }

  /** Has a program verified and loaded. */
  loadProgram(program: ProgramSource): number {
    const step = "load the program";
    try {
      return this.call(step, PROG_LOAD, describe(program));
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      // Loading is quicker without a log, so it is loaded again only to be told what is wrong.
      const log = new Uint8Array(LOG_BYTES);
      const attribute = describe(program).set32(24, 1).set32(28, LOG_BYTES).setAddress(32, log);
      try {
        return this.call(step, PROG_LOAD, attribute);
      } catch {
        throw new BpfError(step, error.errno, readText(log));
      }
    }
  }

  /** Attaches a program to a tracepoint; it is detached when the descriptor is closed. Null: where its type says. */
  openRawTracepoint(program: number, tracepoint: string | null): number {
    const attribute = new Attribute().set32(8, program);
    if (tracepoint !== null) attribute.setAddress(0, toCString(tracepoint));
    return this.call("attach the program", RAW_TRACEPOINT_OPEN, attribute);
  }

  /**
   * How often the kernel did not run a program, because it was running on that processor already: it was preempted in
   * the middle. 0 where the kernel does not count that. Returns a number, not a descriptor.
   */
  readMisses(program: number): number {
    return Number(new DataView(this.#readInfo(program).buffer).getBigUint64(RECURSION_MISSES, true));
  }

  #readInfo(program: number): Uint8Array<ArrayBuffer> {
    const info = new Uint8Array(INFO_BYTES);
    const attribute = new Attribute().set32(0, program).set32(4, INFO_BYTES).setAddress(8, info);
    this.call("ask about the program", OBJ_GET_INFO_BY_FD, attribute);
    return info;
  }

  /**
   * Attaches a program to `target`: the descriptor of a network namespace or of a control group, 0 for an iterator. It is detached when the link is
   * closed. Linux 5.7 and later.
   */
  createLink(program: number, type: LinkedType, target: number): number {
    const attribute = new Attribute().set32(0, program).set32(4, target).set32(8, PROGRAM_TYPES[type].attach);
    return this.call("attach the program", LINK_CREATE, attribute);
  }

  /** Puts another program of the same kind in a link's place, as one step. Returns 0, no descriptor. */
  updateLink(link: number, program: number): number {
    return this.call("replace the program", LINK_UPDATE, new Attribute().set32(0, link).set32(4, program));
  }

  /** Something to read, which runs an iterator's program over everything that there is. */
  createIterator(link: number): number {
    return this.call("run the iterator", ITER_CREATE, new Attribute().set32(0, link));
  }

  /** The kernel's numbers of the programs of a kind that are attached to `target`, in the order in which they run. */
  queryPrograms(type: LinkedType, target: number): number[] {
    const ids = new Uint32Array(MAX_ATTACHED);
    const attribute = new Attribute().set32(0, target).set32(4, PROGRAM_TYPES[type].attach)
      .setAddress(16, new Uint8Array(ids.buffer)).set32(24, MAX_ATTACHED);
    this.call("ask which programs are attached", PROG_QUERY, attribute);
    return [...ids].filter((id) => id !== 0);
  }

  /** A program by the kernel's number for it. Takes CAP_SYS_ADMIN. */
  openProgram(id: number): number {
    return this.call("look at a program", PROG_GET_FD_BY_ID, new Attribute().set32(0, id));
  }

  /** The name of a program, as whoever loaded it says. Hostile text. */
  readName(program: number): string {
    return readText(this.#readInfo(program).subarray(INFO_NAME, INFO_NAME + MAX_NAME_LENGTH + 1));
  }

  /** Calls it: what every other method here does. Throws BpfError with `step` in it. */
  call(step: string, command: number, attribute: Attribute): number {
    const { bytes } = attribute;
    const fd = this.#calls.symbols.bpf(this.#number, command, bytes, bytes.length);
    const error = fd < 0 ? lastError(this.#calls, step) : null;
    // Not before: this is what keeps the memory alive that the attribute points to.
    attribute.release();
    if (error !== null) throw new BpfError(step, error.errno);
    return fd;
  }
}

function describe({ name, bytes, count, type, attachTypeId }: ProgramSource): Attribute {
  const { program, attach } = PROGRAM_TYPES[type];
  const attribute = new Attribute().set32(0, program).set32(4, count).setAddress(8, bytes)
    .setAddress(16, toCString(LICENSE)).set32(68, attach);
  attribute.bytes.set(toCString(name.slice(0, MAX_NAME_LENGTH)), 48);
  return attachTypeId === null ? attribute : attribute.set32(108, attachTypeId);
}

function readText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end)).trimEnd();
}
