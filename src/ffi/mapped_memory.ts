import { lastError } from "./libc.ts";
import type { BpfCalls } from "./bpf_calls.ts";

const PROT_READ = 1, PROT_WRITE = 2;
/** How a mapping may be used, and MAP_SHARED (1), MAP_PRIVATE (2), MAP_ANONYMOUS (32). */
const ACCESS = {
  read: [PROT_READ, 1],
  write: [PROT_READ | PROT_WRITE, 1],
  private: [PROT_READ, 2],
  anonymous: [PROT_READ | PROT_WRITE, 2 | 32],
} as const;
/** MAP_FAILED: all bits set. */
const FAILED = 0xffff_ffff_ffff_ffffn;
/** sysconf(3), as glibc numbers it. */
const SC_PAGESIZE = 30;

/** The size of a page, in bytes: 4096, and 16384 or 65536 on some aarch64 kernels. */
export function readPageBytes(calls: BpfCalls): number {
  return Number(calls.symbols.sysconf(SC_PAGESIZE));
}

/** Memory outside of V8's heap: shared with the kernel through a descriptor, or our own. */
export class MappedMemory {
  /** The memory. Nobody may touch it, through any view, once it is unmapped: that would end the process. */
  readonly buffer: ArrayBuffer;
  readonly #calls: BpfCalls;
  readonly #address: Deno.PointerObject;
  #isMapped = true;

  /**
   * Maps `bytes` bytes from `offset`, a multiple of a page. `private`: to read, of a file that nobody may share;
   * `anonymous`: of no file, with -1 for its descriptor. Throws SystemCallError where the kernel refuses.
   */
  constructor(calls: BpfCalls, fd: number, offset: number, bytes: number, access: keyof typeof ACCESS) {
    const [protection, flags] = ACCESS[access];
    const address = calls.symbols.mmap(0n, BigInt(bytes), protection, flags, fd, BigInt(offset));
    if (address === null || Deno.UnsafePointer.value(address) === FAILED) throw lastError(calls, "mmap");
    this.#calls = calls;
    this.#address = address;
    this.buffer = Deno.UnsafePointerView.getArrayBuffer(address, bytes);
  }

  /** Gives it back. Safe to call twice. */
  unmap(): void {
    if (this.#isMapped) this.#calls.symbols.munmap(this.#address, BigInt(this.buffer.byteLength));
    this.#isMapped = false;
  }
}
