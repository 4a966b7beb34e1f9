import { Errno, lastError, type LibcCalls } from "../../../ffi/libc.ts";
import { assemble } from "../asm/assembler.ts";
import type { BpfSyscall } from "../sys/bpf_syscall.ts";
import { makeGatherProgram } from "./gather_program.ts";
import type { ListenerLayout } from "./listener_layout.ts";

const PROGRAM_NAME = "wslfwd_gather";
/** No read of it returns more than nothing: the program writes nothing. */
const READ_BYTES = 256;

/** The gathering program, ready to run. */
export class SocketIterator {
  readonly #calls: LibcCalls<"read" | "close">;
  readonly #syscall: BpfSyscall;
  readonly #link: number;

  /** `expected`, `sockets`: descriptors, see {@link makeGatherProgram}. Throws BpfError. */
  constructor(
    calls: LibcCalls<"read" | "close">,
    syscall: BpfSyscall,
    expected: number,
    sockets: number,
    layout: ListenerLayout,
  ) {
    this.#calls = calls;
    this.#syscall = syscall;
    const program = syscall.loadProgram({
      ...assemble(makeGatherProgram(expected, sockets, layout)),
      name: PROGRAM_NAME,
      type: "iterator",
      attachTypeId: layout.iteratorId,
    });
    try {
      this.#link = syscall.createLink(program, "iterator", 0);
    } finally {
      calls.symbols.close(program);
    }
  }

  /** Runs it over every TCP socket there is: 2.3 ms, 9.4 with 19,000 connections. Throws SystemCallError. */
  run(): void {
    const fd = this.#syscall.createIterator(this.#link);
    try {
      const buffer = new Uint8Array(READ_BYTES);
      for (;;) {
        const count = this.#calls.symbols.read(fd, buffer, BigInt(buffer.length));
        if (count === 0n) return;
        if (count > 0n) continue;
        const error = lastError(this.#calls, "read the iterator");
        if (error.errno !== Errno.EINTR && error.errno !== Errno.EAGAIN) throw error;
      }
    } finally {
      this.#calls.symbols.close(fd);
    }
  }

  /** Gives it back. To be called once. */
  close(): void {
    this.#calls.symbols.close(this.#link);
  }
}
