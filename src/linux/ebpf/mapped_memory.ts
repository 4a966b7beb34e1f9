import { lastError } from "../libc.ts";
import type { BpfCalls } from "./bpf_calls.ts";

const PROT_READ = 1, PROT_WRITE = 2;
const MAP_SHARED = 1;
/** MAP_FAILED: all bits set. */
const FAILED = 0xffff_ffff_ffff_ffffn;
/** sysconf(3), as glibc numbers it. */
const SC_PAGESIZE = 30;

/** The size of a page, in bytes: 4096, and 16384 or 65536 on some aarch64 kernels. */
export function readPageBytes(calls: BpfCalls): number {
  return Number(calls.symbols.sysconf(SC_PAGESIZE));
}

/** Memory that is shared with the kernel through a descriptor. */
export class MappedMemory {
  /** The memory. Nobody may touch it, through any view, once it is unmapped: that would end the process. */
  readonly buffer: ArrayBuffer;
  readonly #calls: BpfCalls;
  readonly #address: Deno.PointerObject;
  #isMapped = true;

  /** Maps `bytes` bytes from `offset`, both multiples of a page. Throws SystemCallError where the kernel refuses. */
  constructor(calls: BpfCalls, fd: number, offset: number, bytes: number, access: "read" | "write") {
    const protection = access === "write" ? PROT_READ | PROT_WRITE : PROT_READ;
    const address = calls.symbols.mmap(0n, BigInt(bytes), protection, MAP_SHARED, fd, BigInt(offset));
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
