import { Errno, lastError, type LibcCalls, toCString } from "../../../ffi/libc.ts";
import { assemble } from "../asm/assembler.ts";
import { BpfError, type BpfSyscall } from "../sys/bpf_syscall.ts";
import { makeLookupProgram, type Passage } from "./lookup_program.ts";

const O_CLOEXEC = 0o2000000;
const OWN_NETWORK = "/proc/self/ns/net";
const PROGRAM_NAME = "wslfwd_lookup";

/** The lookup program, attached to our network namespace until it is closed or the process ends, however that is. */
export class LookupLink {
  readonly #calls: LibcCalls<"open" | "close">;
  readonly #syscall: BpfSyscall;
  readonly #sockets: number;
  readonly #link: number;
  #checksInterface = true;

  /** `sockets`: the descriptor of a SOCKHASH. Linux 5.9 and later. Throws SystemCallError. */
  constructor(
    calls: LibcCalls<"open" | "close">,
    syscall: BpfSyscall,
    sockets: number,
    passage: Passage,
  ) {
    this.#calls = calls;
    this.#syscall = syscall;
    this.#sockets = sockets;
    this.#link = this.#withProgram(
      passage,
      (program) => withOwnNetwork(calls, (network) => syscall.createLink(program, "socket_lookup", network)),
    );
  }

  /** Whether the kernel lets the program check the interface, as it does since Linux 5.17. */
  get checksInterface(): boolean {
    return this.#checksInterface;
  }

  /** Lets other connections pass from now on, as one step. Throws BpfError; then nothing has changed. */
  update(passage: Passage): void {
    this.#withProgram(passage, (program) => this.#syscall.updateLink(this.#link, program));
  }

  /** Detaches it. To be called once. */
  close(): void {
    this.#calls.symbols.close(this.#link);
  }

  /** What is attached keeps its program, so that needs no descriptor of ours. */
  #withProgram(passage: Passage, use: (program: number) => number): number {
    const program = this.#load(passage);
    try {
      return use(program);
    } finally {
      this.#calls.symbols.close(program);
    }
  }

  /** Without the check of the interface where the verifier does not know that place of the context (EACCES; recorded on 5.10). */
  #load(passage: Passage): number {
    if (!this.#checksInterface) return this.#loadAs({ ...passage, interfaceIndex: null });
    try {
      return this.#loadAs(passage);
    } catch (error) {
      if (!(error instanceof BpfError) || error.errno !== Errno.EACCES || passage.interfaceIndex === null) {
        throw error;
      }
      const program = this.#loadAs({ ...passage, interfaceIndex: null });
      this.#checksInterface = false;
      return program;
    }
  }

  #loadAs(passage: Passage): number {
    const program = assemble(makeLookupProgram(this.#sockets, passage));
    return this.#syscall.loadProgram({
      ...program,
      name: PROGRAM_NAME,
      type: "socket_lookup",
      attachTypeId: null,
    });
  }
}

/**
 * The names of the lookup programs that others than wslfwd attached to our network namespace, in the order in which they run: one that
 * comes before ours wins where it names a socket. Hostile texts. Throws SystemCallError.
 */
export function findOtherLookups(calls: LibcCalls<"open" | "close">, syscall: BpfSyscall): string[] {
  const ids = withOwnNetwork(calls, (network) => syscall.queryPrograms("socket_lookup", network));
  return ids.map((id) => {
    const program = syscall.openProgram(id);
    try {
      return syscall.readName(program);
    } finally {
      calls.symbols.close(program);
    }
  }).filter((name) => name !== PROGRAM_NAME);
}

function withOwnNetwork<T>(calls: LibcCalls<"open" | "close">, use: (network: number) => T): T {
  const network = calls.symbols.open(toCString(OWN_NETWORK), O_CLOEXEC);
  if (network < 0) throw lastError(calls, `open ${OWN_NETWORK}`);
  try {
    return use(network);
  } finally {
    calls.symbols.close(network);
  }
}
