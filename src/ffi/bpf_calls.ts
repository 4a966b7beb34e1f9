import { type LibcCalls, openCalls } from "./libc.ts";

/** What eBPF takes of the C library. */
export type BpfCalls = LibcCalls<
  "bpf" | "mmap" | "munmap" | "sysconf" | "setrlimit" | "open" | "memmem" | "close"
>;

/** Opens it; whoever opened it closes it. Throws Error where it is not glibc's. */
export function openBpfCalls(): BpfCalls {
  return openCalls("bpf", "mmap", "munmap", "sysconf", "setrlimit", "open", "memmem", "close");
}

const RLIMIT_MEMLOCK = 8;

/**
 * Asks for as much locked memory as there may be. Until Linux 5.11 what maps and programs take counted as locked, of
 * which a process has 64 KiB. Returns whether it was granted, as it is to root.
 */
export function raiseLockLimit(calls: BpfCalls): boolean {
  const unlimited = new BigUint64Array(2).fill(0xffff_ffff_ffff_ffffn);
  return calls.symbols.setrlimit(RLIMIT_MEMLOCK, new Uint8Array(unlimited.buffer)) === 0;
}
