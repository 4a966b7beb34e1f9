import { findBpfNumber, lastError, SystemCallError, toCString } from "../../../ffi/libc.ts";
import type { BpfCalls } from "../../../ffi/bpf_calls.ts";

/** Commands of bpf(2) (enum bpf_cmd). */
const MAP_CREATE = 0, PROG_LOAD = 5, OBJ_GET_INFO_BY_FD = 15, RAW_TRACEPOINT_OPEN = 17;
/** enum bpf_map_type, and a flag: user space may map it. */
const MAP_TYPE_ARRAY = 2, MAP_TYPE_RINGBUF = 27, F_MMAPABLE = 0x400;
/** enum bpf_prog_type, and the attach type of tp_btf. */
const PROG_TYPE_RAW_TRACEPOINT = 17, PROG_TYPE_TRACING = 26, TRACE_RAW_TP = 23;
/** More than any kernel has; what it does not know must be zero, and is. */
const ATTRIBUTE_BYTES = 128;
const LOG_BYTES = 64 << 10;
/** struct bpf_prog_info as far as we read it: u64 recursion_misses is its last (Linux 5.12 and later). */
const INFO_BYTES = 216, RECURSION_MISSES = 208;
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
  /** tp_btf: the BTF id of the tracepoint's type. Null for a raw tracepoint. */
  readonly attachTypeId: number | null;
}

/** bpf(2). Every call throws BpfError and returns a descriptor that the caller closes and no child inherits. */
export class BpfSyscall {
  readonly #calls: BpfCalls;
  readonly #number: bigint;

  /** Throws RangeError on a machine that WSL does not run on. */
  constructor(calls: BpfCalls, architecture: string = Deno.build.arch) {
    const number = findBpfNumber(architecture);
    if (number === null) throw new RangeError(`bpf(2) has no known number on ${architecture}`);
    this.#calls = calls;
    this.#number = number;
  }

  /** A ring of `bytes` bytes. Linux 5.8 and later. */
  createRing(bytes: number): number {
    const attribute = new Attribute().set32(0, MAP_TYPE_RINGBUF).set32(12, bytes);
    return this.#call("create the ring buffer (Linux 5.8 and later)", MAP_CREATE, attribute);
  }

  /** `bytes` bytes that a program can write and a process can map. Linux 5.5 and later. */
  createValue(bytes: number): number {
    const attribute = new Attribute().set32(0, MAP_TYPE_ARRAY).set32(4, 4).set32(8, bytes).set32(12, 1)
      .set32(16, F_MMAPABLE);
    return this.#call("create the counters", MAP_CREATE, attribute);
  }

  /** Has a program verified and loaded. */
  loadProgram(program: ProgramSource): number {
    const step = "load the program";
    try {
      return this.#call(step, PROG_LOAD, describe(program));
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      // Loading is quicker without a log, so it is loaded again only to be told what is wrong.
      const log = new Uint8Array(LOG_BYTES);
      const attribute = describe(program).set32(24, 1).set32(28, LOG_BYTES).setAddress(32, log);
      try {
        return this.#call(step, PROG_LOAD, attribute);
      } catch {
        throw new BpfError(step, error.errno, readText(log));
      }
    }
  }

  /** Attaches a program to a tracepoint; it is detached when the descriptor is closed. Null: where its type says. */
  openRawTracepoint(program: number, tracepoint: string | null): number {
    const attribute = new Attribute().set32(8, program);
    if (tracepoint !== null) attribute.setAddress(0, toCString(tracepoint));
    return this.#call("attach the program", RAW_TRACEPOINT_OPEN, attribute);
  }

  /**
   * How often the kernel did not run a program, because it was running on that processor already: it was preempted in
   * the middle. 0 where the kernel does not count that. Returns a number, not a descriptor.
   */
  readMisses(program: number): number {
    const info = new Uint8Array(INFO_BYTES);
    const attribute = new Attribute().set32(0, program).set32(4, INFO_BYTES).setAddress(8, info);
    this.#call("ask about the program", OBJ_GET_INFO_BY_FD, attribute);
    return Number(new DataView(info.buffer).getBigUint64(RECURSION_MISSES, true));
  }

  #call(step: string, command: number, attribute: Attribute): number {
    const fd = this.#calls.symbols.bpf(this.#number, command, attribute.bytes, ATTRIBUTE_BYTES);
    const error = fd < 0 ? lastError(this.#calls, step) : null;
    // Not before: this is what keeps the memory alive that the attribute points to.
    attribute.release();
    if (error !== null) throw new BpfError(step, error.errno);
    return fd;
  }
}

function describe({ name, bytes, count, attachTypeId }: ProgramSource): Attribute {
  const attribute = new Attribute()
    .set32(0, attachTypeId === null ? PROG_TYPE_RAW_TRACEPOINT : PROG_TYPE_TRACING)
    .set32(4, count).setAddress(8, bytes).setAddress(16, toCString(LICENSE));
  attribute.bytes.set(toCString(name.slice(0, MAX_NAME_LENGTH)), 48);
  if (attachTypeId !== null) attribute.set32(68, TRACE_RAW_TP).set32(108, attachTypeId);
  return attribute;
}

/** union bpf_attr, and what it points to. */
class Attribute {
  // Over 64 bytes, so that V8 keeps it outside of its heap, where nothing moves.
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(ATTRIBUTE_BYTES);
  readonly #view = new DataView(this.bytes.buffer);
  #referenced: ArrayBuffer[] = [];

  set32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true);
    return this;
  }

  /** Points to the beginning of what is behind `target`. Asking for its `buffer` moves that out of V8's heap. */
  setAddress(offset: number, target: Uint8Array<ArrayBuffer>): this {
    this.#referenced.push(target.buffer);
    this.#view.setBigUint64(offset, Deno.UnsafePointer.value(Deno.UnsafePointer.of(target.buffer)), true);
    return this;
  }

  release(): void {
    this.#referenced = [];
  }
}

function readText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end)).trimEnd();
}
