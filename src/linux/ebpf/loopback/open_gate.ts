import type { GateAnswer } from "../../../contracts/loopback_gate.ts";
import { raiseLockLimit } from "../../../ffi/bpf_calls.ts";
import { openCalls, toCString } from "../../../ffi/libc.ts";
import { readListenerLayout } from "../iterate/listener_layout.ts";
import { SocketIterator } from "../iterate/socket_iterator.ts";
import { LookupLink } from "../lookup/lookup_link.ts";
import type { Passage } from "../lookup/lookup_program.ts";
import { BpfSyscall } from "../sys/bpf_syscall.ts";
import { PortTable } from "../sys/port_table.ts";
import type { GateOptions } from "./loopback_gate.ts";

/** At most so many services are open at a time. The kernel takes some 100 KB for that. */
export const MAX_OPEN_PORTS = 1024;

/** A {@link Passage} by the name of its interface; empty where that is not known. */
export type NamedPassage = Omit<Passage, "interfaceIndex"> & { readonly interfaceName: string };

const CALLS = [
  "bpf",
  "open",
  "read",
  "close",
  "memmem",
  "mmap",
  "munmap",
  "sysconf",
  "setrlimit",
  "if_nametoindex",
] as const;

/** Both programs and their maps, loaded and attached. */
export class OpenGate {
  readonly #calls = openCalls(...CALLS);
  readonly #owned = new DisposableStack();
  readonly #cookies: PortTable;
  readonly #sockets: PortTable;
  readonly #iterator: SocketIterator;
  readonly #lookup: LookupLink;
  readonly #expected = new Map<number, bigint>();
  #passage: Passage;

  /** Attaches it with nothing open. Throws SystemCallError, and Error where the kernel's types cannot be read. */
  constructor(passage: NamedPassage, options: GateOptions) {
    this.#owned.defer(() => this.#calls.close());
    try {
      const syscall = new BpfSyscall(this.#calls, options.architecture);
      // Until Linux 5.11 what follows counts as locked memory, of which a process has 64 KiB. Where that is refused, so is all else.
      raiseLockLimit(this.#calls);
      this.#sockets = this.#own(new PortTable(this.#calls, syscall, "sockets", MAX_OPEN_PORTS));
      this.#cookies = this.#own(new PortTable(this.#calls, syscall, "cookies", MAX_OPEN_PORTS));
      const layout = readListenerLayout(this.#calls, options.btfPath);
      this.#iterator = this.#own(
        new SocketIterator(this.#calls, syscall, this.#cookies.fd, this.#sockets.fd, layout),
      );
      this.#passage = this.#resolve(passage);
      this.#lookup = this.#own(new LookupLink(this.#calls, syscall, this.#sockets.fd, this.#passage));
    } catch (error) {
      this.#owned.dispose();
      throw error;
    }
  }

  /** Whether the program checks by which interface a connection comes in. */
  get checksInterface(): boolean {
    return this.#lookup.checksInterface && this.#passage.interfaceIndex !== null;
  }

  /** See {@link LoopbackGate}. Throws SystemCallError. */
  set(wanted: ReadonlyMap<number, bigint>, named: NamedPassage): GateAnswer {
    for (const [port, cookie] of this.#expected) if (wanted.get(port) !== cookie) this.#shut(port);
    this.#follow(this.#resolve(named));
    const some = new Map([...wanted].slice(0, MAX_OPEN_PORTS));
    for (const [port, cookie] of some) {
      if (!this.#expected.has(port)) this.#cookies.set(port, cookie);
      this.#expected.set(port, cookie);
    }
    // Asked each time: the kernel takes out a socket that stops listening, and the same socket may listen again.
    const isOpen = (port: number) => this.#sockets.get(port) === some.get(port);
    const missing = [...some.keys()].filter((port) => !isOpen(port));
    if (missing.length > 0) this.#iterator.run();
    for (const port of missing) if (!isOpen(port)) this.#shut(port);
    const message = `more than ${MAX_OPEN_PORTS} of them are wanted`;
    return {
      open: new Set(this.#expected.keys()),
      refusal: wanted.size > MAX_OPEN_PORTS ? { message, remedy: null } : null,
    };
  }

  /** Detaches everything. Safe to call twice. */
  close(): void {
    this.#owned.dispose();
  }

  /** In this order, so that it stays closed should the second step fail. */
  #shut(port: number): void {
    this.#sockets.delete(port);
    this.#cookies.delete(port);
    this.#expected.delete(port);
  }

  #follow(passage: Passage): void {
    const { guest, gateway, interfaceIndex } = this.#passage;
    if (
      passage.guest === guest && passage.gateway === gateway && passage.interfaceIndex === interfaceIndex
    ) return;
    this.#lookup.update(passage);
    this.#passage = passage;
  }

  #resolve({ guest, gateway, interfaceName }: NamedPassage): Passage {
    const index = interfaceName === "" ? 0 : this.#calls.symbols.if_nametoindex(toCString(interfaceName));
    return { guest, gateway, interfaceIndex: index === 0 ? null : index };
  }

  #own<T extends { close(): void }>(part: T): T {
    this.#owned.defer(() => part.close());
    return part;
  }
}
