import { Errno } from "../../../ffi/libc.ts";
import { assemble } from "../asm/assembler.ts";
import { type BpfCalls, raiseLockLimit } from "../../../ffi/bpf_calls.ts";
import { BpfError, BpfSyscall } from "../sys/bpf_syscall.ts";
import { Counters } from "./counters.ts";
import { COUNTERS_BYTES, makeListenProgram, readByProbe, readTyped } from "./listen_program.ts";
import { RingBuffer } from "../ringbuf/ring_buffer.ts";
import { FIXED_LAYOUT, type SocketLayout } from "../btf/socket_layout.ts";

const TRACEPOINT = "inet_sock_set_state";
const PROGRAM_NAME = "wslfwd_listen";

/**
 * What a program is to the kernel, the best first. `tp_btf`: its verifier knows the types. `raw_tp`: a helper reads
 * for it, which a kernel in lockdown may forbid. `bare`: it reads nothing, and tells only that something changed.
 */
export type ProgramType = "tp_btf" | "raw_tp" | "bare";

/** Every type, in the order they are tried. */
export const PROGRAM_TYPES: readonly ProgramType[] = ["tp_btf", "raw_tp", "bare"];

/** What an {@link Attachment} is made from. */
export interface AttachmentParts {
  /** The types that may be used, in this order. */
  readonly programTypes: readonly ProgramType[];
  /** Where things are in a socket; null where the kernel's BTF could not be read. */
  readonly layout: SocketLayout | null;
  /** The inode of the network namespace that is told of. */
  readonly networkNamespace: number;
  /** A power of two and a multiple of every page size: 65,536 or more. */
  readonly ringBytes: number;
  /** bpf(2). */
  readonly syscall: BpfSyscall;
}

/** A program that is attached, and what it writes to. */
export class Attachment {
  /** The type that the kernel took. */
  readonly programType: ProgramType;
  /** What was refused before that, in one line each. */
  readonly refusals: readonly string[];
  /** Can be waited for. Closed by {@link close}. */
  readonly ringFd: number;
  /** The records. */
  readonly ring: RingBuffer;
  /** What was counted. */
  readonly counters: Counters;
  readonly #calls: BpfCalls;
  readonly #syscall: BpfSyscall;
  readonly #fds: number[] = [];
  #programFd = -1;

  /** Attaches the first program that the kernel takes. Throws the SystemCallError of the first that it did not. */
  constructor(calls: BpfCalls, parts: AttachmentParts) {
    this.#calls = calls;
    this.#syscall = parts.syscall;
    let ring: RingBuffer | null = null, counters: Counters | null = null;
    try {
      this.ringFd = this.#own(createRing(calls, parts));
      const countersFd = this.#own(parts.syscall.createValue(COUNTERS_BYTES));
      // Mapped before anything is attached, so that the first event finds its reader.
      this.ring = ring = new RingBuffer(calls, this.ringFd, parts.ringBytes);
      this.counters = counters = new Counters(calls, countersFd);
      const { programType, refusals } = this.#attach(parts, countersFd);
      this.programType = programType;
      this.refusals = refusals;
    } catch (error) {
      ring?.close();
      counters?.close();
      this.#closeAll();
      throw error;
    }
  }

  /** How often the kernel did not run the program; see {@link BpfSyscall.readMisses}. Throws BpfError. */
  readMisses(): number {
    return this.#syscall.readMisses(this.#programFd);
  }

  /** Detaches and frees. Nobody may wait for the ring any more. Safe to call twice. */
  close(): void {
    this.#closeAll();
    this.ring.close();
    this.counters.close();
  }

  #attach(
    parts: AttachmentParts,
    countersFd: number,
  ): { programType: ProgramType; refusals: readonly string[] } {
    const failures: Error[] = [];
    for (const programType of parts.programTypes) {
      if (programType === "tp_btf" && typeof parts.layout?.tracepointTypeId !== "number") continue;
      const before = this.#fds.length;
      try {
        this.#attachAs(programType, parts, countersFd);
        return { programType, refusals: failures.map((failure) => failure.message) };
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        failures.push(error);
        this.#closeAll(before);
      }
    }
    throw failures[0] ?? new RangeError("No program can be used here");
  }

  #attachAs(programType: ProgramType, parts: AttachmentParts, countersFd: number): void {
    const layout = parts.layout ?? FIXED_LAYOUT;
    const isTyped = programType === "tp_btf";
    const program = assemble(makeListenProgram({
      ring: this.ringFd,
      counters: countersFd,
      reading: programType === "bare" ? null : { read: isTyped ? readTyped : readByProbe, layout },
      networkNamespace: parts.networkNamespace,
    }));
    this.#programFd = this.#own(parts.syscall.loadProgram({
      ...program,
      name: PROGRAM_NAME,
      type: isTyped ? "typed_tracepoint" : "raw_tracepoint",
      attachTypeId: isTyped ? layout.tracepointTypeId : null,
    }));
    this.#own(parts.syscall.openRawTracepoint(this.#programFd, isTyped ? null : TRACEPOINT));
  }

  #own(fd: number): number {
    this.#fds.push(fd);
    return fd;
  }

  /** The newest first: what attaches before what is attached. */
  #closeAll(from = 0): void {
    for (const fd of this.#fds.splice(from).reverse()) this.#calls.symbols.close(fd);
  }
}

/** Throws BpfError. */
function createRing(calls: BpfCalls, { syscall, ringBytes }: AttachmentParts): number {
  try {
    return syscall.createRing(ringBytes);
  } catch (error) {
    const mayBeLimit = error instanceof BpfError && error.errno === Errno.EPERM;
    if (mayBeLimit && raiseLockLimit(calls)) return syscall.createRing(ringBytes);
    throw error;
  }
}
