import { type Family, formatIpv4, formatIpv6, isAny, unmapIpv4 } from "../../net/address.ts";
import type { Listener } from "../../net/listener.ts";
import { messageOf } from "../../process/command.ts";
import type { ListenerSource } from "../../contracts/listeners.ts";
import { SnapshotError } from "../../contracts/snapshot_error.ts";
import { ProcSyntaxError } from "./proc_syntax_error.ts";
import { SockDiagListeners } from "../netlink/sock_diag.ts";

/** Relative to the thread that reads: its own network namespace. */
const TABLES = [["/proc/net/tcp", 4], ["/proc/net/tcp6", 6]] as const;
/** The kernel fills one page per read. */
const CHUNK_BYTES = 16 << 10;
/** Far above 65,535 listeners in each of a few namespaces' worth of addresses; a table that has no end is a fault. */
const MAX_TABLE_BYTES = 64 << 20;

/** The first line of each of these tables. */
export const TITLE = /^\s*sl\s+local_address\s+/;
/** `  0: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000  101 0 21345 1 …` (tcp4_seq_show) */
export const ROW =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) (?:[0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4} ([0-9A-F]{2}) [0-9A-F]{8}:[0-9A-F]{8} [0-9A-F]{2}:[0-9A-F]{8} [0-9A-F]{8} +(\d+) +\d+ (\d+) /;
const STATE_LISTEN = "0A";

/**
 * What listens, by /proc/net/tcp and tcp6: for kernels without sock_diag. A table that changes between two reads
 * can show a socket twice (dropped by its inode) or hide one until the next snapshot.
 */
export class ProcNetListeners implements ListenerSource {
  /** What the status shows. */
  readonly name = "procfs";

  /** Every TCP socket in LISTEN: IPv4, then IPv6. Throws SnapshotError. */
  snapshot(): readonly Listener[] {
    try {
      return inferV6only(TABLES.flatMap(([path, family]) => readTable(path, family)));
    } catch (error) {
      throw new SnapshotError("procfs", `Cannot read the listening sockets: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Nothing is kept open. */
  close(): void {}
}

/** Netlink where the kernel answers it, else procfs. */
export function openListenerSource(): ListenerSource {
  let source: SockDiagListeners | undefined;
  try {
    source = new SockDiagListeners();
    source.snapshot();
    return source;
  } catch {
    source?.close();
    return new ProcNetListeners();
  }
}

/** Reads up to the first row that is no listener: the kernel writes the listening sockets before all others. */
function readTable(path: string, family: Family): Listener[] {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    // A kernel without IPv6 has no tcp6. One without tcp has no /proc.
    if (family === 6 && error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  try {
    const decoder = new TextDecoder();
    const chunk = new Uint8Array(CHUNK_BYTES);
    const found = new Map<number, Listener>();
    let rest = "";
    let line = 1;
    let size = 0;
    for (;;) {
      const length = file.readSync(chunk);
      if (length === null) break;
      size += length;
      if (size > MAX_TABLE_BYTES) throw new RangeError(`${path} is longer than ${MAX_TABLE_BYTES} bytes`);
      const text = rest + decoder.decode(chunk.subarray(0, length));
      const end = text.lastIndexOf("\n") + 1;
      const part = parseTcpTable(text.slice(0, end), family, path, line);
      for (const listener of part.listeners) found.set(listener.inode, listener);
      if (part.isComplete) return [...found.values()];
      line = part.nextLine;
      rest = text.slice(end);
    }
    if (rest !== "") throw new ProcSyntaxError(path, line, "a whole line", rest);
    if (line === 1) throw new ProcSyntaxError(path, 1, "the title line", "");
    return [...found.values()];
  } finally {
    file.close();
  }
}

/** A part of a table that was read. */
export interface TcpTablePart {
  /** Its listeners, `v6only` not inferred yet. */
  readonly listeners: Listener[];
  /** Whether a row that is no listener was met: none follows. */
  readonly isComplete: boolean;
  /** The number of the line after the part, where it is not complete. */
  readonly nextLine: number;
}

/**
 * Reads whole lines of /proc/net/tcp or tcp6, of which the first has the number `firstLine`; line 1 is the title.
 * Throws ProcSyntaxError.
 */
export function parseTcpTable(text: string, family: Family, path: string, firstLine = 1): TcpTablePart {
  const listeners: Listener[] = [];
  let line = firstLine;
  for (let start = 0; start < text.length; line++) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const row = text.slice(start, end);
    start = end + 1;
    if (line === 1) {
      if (!TITLE.test(row)) throw new ProcSyntaxError(path, line, "the title line", row);
      continue;
    }
    const fields = ROW.exec(row);
    if (fields === null || fields[1]!.length !== (family === 4 ? 8 : 32)) {
      throw new ProcSyntaxError(path, line, `a row of a TCP socket over IPv${family}`, row);
    }
    if (fields[3] !== STATE_LISTEN) return { listeners, isComplete: true, nextLine: line + 1 };
    const address = parseHexAddress(fields[1]!);
    listeners.push({
      protocol: "tcp",
      family,
      address,
      port: parseInt(fields[2]!, 16),
      inode: Number(fields[5]),
      uid: Number(fields[4]),
      // Binding to one IPv6 address that is not mapped makes a socket v6only (__inet6_bind).
      v6only: family === 6 && !isAny(address) && unmapIpv4(address) === null,
    });
  }
  return { listeners, isComplete: false, nextLine: line };
}

/** The kernel prints addresses as 32-bit words of the machine: little-endian on all that WSL runs on. */
export function parseHexAddress(hex: string): string {
  const bytes = new Uint8Array(hex.length / 2);
  for (let word = 0; word < bytes.length; word += 4) {
    for (let i = 0; i < 4; i++) {
      bytes[word + i] = parseInt(hex.slice(2 * (word + 3 - i), 2 * (word + 4 - i)), 16);
    }
  }
  return bytes.length === 4 ? formatIpv4(bytes) : formatIpv6(bytes);
}

/**
 * The tables do not tell whether a socket on `::` refuses IPv4. It must, where an IPv4 socket listens on the same
 * port: the two could not both be bound otherwise (but for SO_REUSEPORT, where that IPv4 socket speaks for itself).
 * Alone, it is taken to accept both, which is the default of Linux.
 */
export function inferV6only(listeners: readonly Listener[]): Listener[] {
  const ipv4Ports = new Set(listeners.filter(({ family }) => family === 4).map(({ port }) => port));
  return listeners.map((listener) =>
    listener.address === "::" && ipv4Ports.has(listener.port) ? { ...listener, v6only: true } : listener
  );
}
