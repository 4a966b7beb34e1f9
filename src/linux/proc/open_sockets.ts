import { getdents64Number, type Libc, toCString } from "../../ffi/libc.ts";

/** O_DIRECTORY is one of the few flags that differ between the machines (asm/fcntl.h); O_CLOEXEC does not. */
const O_DIRECTORY_CLOEXEC = (Deno.build.arch === "aarch64" ? 0o40000 : 0o200000) | 0o2000000;
const AT_FDCWD = -100;
/** About 340 entries: 1.3 ms where each one's link is read too, so that a caller can pause in between. */
const BUFFER_BYTES = 8 << 10;
/** struct linux_dirent64: inode, offset, u16 size at 16, u8 type, name at 19 with a zero byte after it. */
const SIZE_AT = 16;
const NAME_AT = 19;

/** A socket that a process holds. */
export interface OpenSocket {
  /** The number of the descriptor. */
  readonly descriptor: number;
  /** The socket's inode. */
  readonly inode: number;
}

/** The processes of our PID namespace, in no particular order; none where /proc cannot be read. */
export function readProcessIds(libc: Libc): number[] {
  const found: number[] = [];
  for (const { bytes, names } of readDirectory(libc, "/proc")) {
    for (const name of names) {
      const pid = readNumber(bytes, name, 0);
      if (pid !== null) found.push(pid);
    }
  }
  return found;
}

/**
 * The sockets of a process, in batches between which a caller may pause. Ends early where the process ends, and
 * yields nothing where it is gone or not ours to see.
 */
export function* readOpenSockets(libc: Libc, pid: number, links: LinkReader): Generator<OpenSocket[]> {
  for (const { directory, bytes, names } of readDirectory(libc, `/proc/${pid}/fd`)) {
    const sockets: OpenSocket[] = [];
    for (const name of names) {
      const descriptor = readNumber(bytes, name, 0);
      if (descriptor === null) continue;
      const target = links.readAt(directory, bytes.subarray(name));
      const inode = target === null ? null : parseSocketLink(target);
      if (inode !== null) sockets.push({ descriptor, inode });
    }
    yield sockets;
  }
}

/** Reads symbolic links without making a text of them: Deno's own readLinkSync refuses names that are no UTF-8. */
export class LinkReader {
  readonly #libc: Libc;
  readonly #target = new Uint8Array(4096);

  /** The library must stay open for as long as the reader is used. */
  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** What the link at `path` says, in a buffer that the next call overwrites; null where it cannot be read. */
  read(path: string): Uint8Array | null {
    return this.readAt(AT_FDCWD, toCString(path));
  }

  /** The same for a name, ended by a zero byte, in an open directory. */
  readAt(directory: number, name: Uint8Array<ArrayBuffer>): Uint8Array | null {
    const length = Number(
      this.#libc.symbols.readlinkat(directory, name, this.#target, BigInt(this.#target.length)),
    );
    return length < 0 ? null : this.#target.subarray(0, length);
  }
}

/** Part of a directory. */
interface DirectoryPart {
  /** Its descriptor, open until the next part is asked for. */
  readonly directory: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where in `bytes` the names begin, each ended by a zero byte. */
  readonly names: readonly number[];
}

/** Deno's own readDirSync blocks 48 ms for a process with 10,000 descriptors; this gives them in small parts. */
function* readDirectory(libc: Libc, path: string): Generator<DirectoryPart> {
  const directory = libc.symbols.open(toCString(path), O_DIRECTORY_CLOEXEC);
  if (directory < 0) return;
  try {
    const bytes = new Uint8Array(BUFFER_BYTES);
    const view = new DataView(bytes.buffer);
    for (;;) {
      const length = Number(
        libc.symbols.getdents64(getdents64Number(), directory, bytes, BigInt(BUFFER_BYTES)),
      );
      if (length <= 0) return;
      const names: number[] = [];
      for (let offset = 0; offset < length; offset += view.getUint16(offset + SIZE_AT, true)) {
        names.push(offset + NAME_AT);
      }
      yield { directory, bytes, names };
    }
  } finally {
    libc.symbols.close(directory);
  }
}

const SOCKET_PREFIX = new TextEncoder().encode("socket:[");
const BRACKET_CLOSE = "]".charCodeAt(0);

/** The inode in `socket:[12345]`, or null. */
export function parseSocketLink(target: Uint8Array): number | null {
  for (let i = 0; i < SOCKET_PREFIX.length; i++) if (target[i] !== SOCKET_PREFIX[i]) return null;
  return readNumber(target, SOCKET_PREFIX.length, BRACKET_CLOSE);
}

/** The decimal number from `start` to a byte that ends it, or null. */
function readNumber(bytes: Uint8Array, start: number, terminator: number): number | null {
  let number = 0;
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === terminator) return i === start ? null : number;
    if (byte < 0x30 || byte > 0x39) return null;
    number = number * 10 + (byte - 0x30);
  }
  return null;
}
