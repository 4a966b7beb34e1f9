/** The boundary to the C library: the few calls that Deno has no API for. Nothing else in wslfwd declares one. */

/** What is called of it. */
export const LIBC_SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // Waits in a thread of its own. Its errno is lost when it returns: that thread's, not ours.
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32", nonblocking: true },
  mount: { parameters: ["buffer", "buffer", "buffer", "u64", "buffer"], result: "i32" },
  umount2: { parameters: ["buffer", "i32"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  memmem: { parameters: ["buffer", "usize", "buffer", "usize"], result: "pointer" },
  // By number: glibc has a function for it only since 2.30. On x86_64 and aarch64 a variadic call with integers
  // alone uses the registers of a plain one.
  getdents64: { name: "syscall", parameters: ["i64", "i32", "buffer", "usize"], result: "i64" },
  readlinkat: { parameters: ["i32", "buffer", "buffer", "usize"], result: "isize" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  if_indextoname: { parameters: ["u32", "buffer"], result: "pointer" },
  close: { parameters: ["i32"], result: "i32" },
  // By number, as glibc has no function for it.
  bpf: { name: "syscall", parameters: ["i64", "i32", "buffer", "u32"], result: "i32" },
  mmap: { parameters: ["usize", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  sysconf: { parameters: ["i32"], result: "i64" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The C library, opened. Whoever opened it closes it. */
export type Libc = Deno.DynamicLibrary<typeof LIBC_SYMBOLS>;

/** Opens the C library (4 ms; 12 the first time). Throws Error where it is not glibc's or FFI is not allowed. */
export function openLibc(): Libc {
  return Deno.dlopen("libc.so.6", LIBC_SYMBOLS);
}

/** Some of its calls, opened. */
export type LibcCalls<Name extends keyof typeof LIBC_SYMBOLS> = Deno.DynamicLibrary<
  Pick<typeof LIBC_SYMBOLS, Name | "__errno_location">
>;

/** Opens only some calls: each costs 0.15 ms, so who has to be quick asks for few. Otherwise as {@link openLibc}. */
export function openCalls<Name extends keyof typeof LIBC_SYMBOLS>(
  ...names: readonly Name[]
): LibcCalls<Name> {
  const wanted = [...names, "__errno_location" as const].map((name) => [name, LIBC_SYMBOLS[name]]);
  return Deno.dlopen("libc.so.6", Object.fromEntries(wanted)) as LibcCalls<Name>;
}

/** The number of getdents64(2). Throws Error on a machine that WSL does not run on. */
export function getdents64Number(): bigint {
  const number = { x86_64: 217n, aarch64: 61n }[Deno.build.arch as string];
  if (number === undefined) throw new Error(`Cannot list directories on ${Deno.build.arch}`);
  return number;
}

/** The number of bpf(2) on a machine of this kind; null where WSL does not run on it. */
export function findBpfNumber(architecture: string): bigint | null {
  return { x86_64: 321n, aarch64: 280n }[architecture] ?? null;
}

/** The numbers of Linux' errors that have a meaning here, the same on x86_64 and aarch64 (asm-generic/errno.h). */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOSPC: 28,
  ENOSYS: 38,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  ENOBUFS: 105,
  /** "Not supported" inside the kernel (linux/errno.h); bpf(2) lets it out. */
  ENOTSUPP: 524,
} as const;

const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Errno).map(([name, number]) => [number, name]),
);

/** A system call that failed. */
export class SystemCallError extends Error {
  /** The class's name, for logs. */
  override readonly name = "SystemCallError";
  /** `call`: what was called, for the message. `errno`: Linux' number of the error, see {@link Errno}. */
  constructor(readonly call: string, readonly errno: number) {
    super(`${call}: ${ERRNO_NAMES.get(errno) ?? `errno ${errno}`}`);
  }
}

/** The error of the call just made. Read it at once: any other call, ours or the runtime's, may change it. */
export function lastError(libc: LibcCalls<never>, call: string): SystemCallError {
  const location = libc.symbols.__errno_location();
  return new SystemCallError(call, location === null ? 0 : new Deno.UnsafePointerView(location).getInt32());
}

/** A text as C wants it: UTF-8 and a zero byte. Throws RangeError where the text itself holds one. */
export function toCString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new RangeError("Cannot make a C string of a text with a zero byte in it");
  return new TextEncoder().encode(`${text}\0`);
}
