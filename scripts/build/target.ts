/** The machines that wslfwd is built for: those that WSL2 runs on. */

/** A machine, as uname(1) calls it. */
export type Architecture = "x86_64" | "aarch64";

/** What the build must know of a machine. */
export interface Target {
  /** As uname(1) says it. */
  readonly architecture: Architecture;
  /** What Deno and Rust call it. */
  readonly triple: string;
  /** Where glibc has its loader, by the ABI of that machine: without it the runtime does not start. */
  readonly loader: string;
  /** The npm package with Deno's runtime for it. */
  readonly runtimePackage: string;
  /** The number of the machine in an ELF header (elf(5): EM_X86_64, EM_AARCH64). */
  readonly elfMachine: number;
}

/** All of them. */
export const TARGETS: Readonly<Record<Architecture, Target>> = {
  x86_64: {
    architecture: "x86_64",
    triple: "x86_64-unknown-linux-gnu",
    loader: "/lib64/ld-linux-x86-64.so.2",
    runtimePackage: "@deno/linux-x64-glibc",
    elfMachine: 62,
  },
  aarch64: {
    architecture: "aarch64",
    triple: "aarch64-unknown-linux-gnu",
    loader: "/lib/ld-linux-aarch64.so.1",
    runtimePackage: "@deno/linux-arm64-glibc",
    elfMachine: 183,
  },
};

/** Whether that word names a machine that wslfwd is built for. */
export function isArchitecture(word: string): word is Architecture {
  return Object.hasOwn(TARGETS, word);
}

/** Throws where a file is no program for a machine. */
export async function checkMachine(path: string, target: Target): Promise<void> {
  const header = new Uint8Array(20);
  using file = await Deno.open(path);
  const count = await file.read(header) ?? 0;
  const isElf = count === header.length && [0x7f, 0x45, 0x4c, 0x46].every((byte, i) => header[i] === byte);
  // Both machines are little-endian.
  const machine = new DataView(header.buffer).getUint16(18, true);
  if (!isElf || machine !== target.elfMachine) {
    throw new Error(`Cannot use ${path}: it is no program for ${target.architecture}`);
  }
}
