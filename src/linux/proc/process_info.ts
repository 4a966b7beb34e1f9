import type { Program } from "../../net/listener.ts";
import type { LinkReader } from "./open_sockets.ts";
import { findStarted } from "./started_name.ts";

/** What the kernel appends to the link of an executable that was replaced or removed (d_path). */
const DELETED = " (deleted)";
/** Longer first arguments are cut: a name is at most 255 bytes long, its directory 4096. */
const MAX_ARGUMENT_BYTES = 8192;
const DECODER = new TextDecoder();

/**
 * The names of a process of our PID namespace, and where it works; null where it has ended. Bytes that are no UTF-8 become U+FFFD;
 * control characters stay.
 */
export function readProgram(pid: number, links: LinkReader): Program | null {
  const comm = readStart(`/proc/${pid}/comm`, 64);
  if (comm === null || comm.length === 0) return null;
  const thread = DECODER.decode(comm).replace(/\n$/, "");
  const cmdline = readStart(`/proc/${pid}/cmdline`, MAX_ARGUMENT_BYTES) ?? new Uint8Array(0);
  const argv = DECODER.decode(cmdline).split("\0");
  const link = links.read(`/proc/${pid}/exe`);
  const executable = link === null ? null : cutSuffix(DECODER.decode(link), DELETED);
  const own = [baseName(argv[0]!), executable === null ? "" : baseName(executable)];
  const started = findStarted(argv);
  // A program that named itself keeps that name; Node's first thread is called MainThread, whatever it runs.
  const isUnnamed = thread === "MainThread" || own.includes(thread);
  const name = started !== null && isUnnamed ? started.name : thread;
  const aliases = [...own, thread, ...started === null ? [] : [started.name, ...started.aliases]]
    .filter((alias, i, all) => alias !== "" && alias !== name && all.indexOf(alias) === i);
  // One readlink more: 2 microseconds, and only for a socket that was not seen before. Root alone sees those of others.
  const folder = links.read(`/proc/${pid}/cwd`);
  return {
    ...{ pid, name, aliases },
    ...executable === null ? {} : { executable },
    ...folder === null ? {} : { folder: DECODER.decode(folder) },
  };
}

/** The parent's process id; null where the process has ended. 0 for one whose parent is in another namespace. */
export function readParent(pid: number): number | null {
  const stat = readStart(`/proc/${pid}/stat`, 512);
  return stat === null ? null : parseParent(DECODER.decode(stat));
}

/** The fourth field of /proc/<pid>/stat. The second, the name in brackets, may hold blanks and brackets itself. */
export function parseParent(stat: string): number | null {
  const fields = /^ \S (\d+) /.exec(stat.slice(stat.lastIndexOf(")") + 1));
  return fields === null ? null : Number(fields[1]);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function cutSuffix(text: string, suffix: string): string {
  return text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
}

/** At most `maxBytes` from the start of a file of /proc; null where it cannot be read. */
function readStart(path: string, maxBytes: number): Uint8Array | null {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(maxBytes);
    const length = file.readSync(bytes);
    return bytes.subarray(0, length ?? 0);
  } catch {
    return null;
  }
}
