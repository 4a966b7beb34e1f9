/** What a process holds of a unix socket. */
export type Holding =
  /** It has the socket open. */
  | "holds"
  /** It does not, or there is no such process in this PID namespace. */
  | "other"
  /** It belongs to another user, who alone may know. */
  | "hidden";

/**
 * Whether a process has the listening abstract unix socket of that name open, by /proc/net/unix and /proc/<pid>/fd (proc(5)).
 * `name`: without the zero byte before it.
 */
export function readHolding(pid: number, name: string): Holding {
  const inodes = findInodes(Deno.readTextFileSync("/proc/net/unix"), `@${name}`);
  const targets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  try {
    for (const { name: descriptor } of Deno.readDirSync(`/proc/${pid}/fd`)) {
      if (targets.has(readLink(`/proc/${pid}/fd/${descriptor}`))) return "holds";
    }
    return "other";
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "other" : "hidden";
  }
}

/** `Num RefCount Protocol Flags Type St Inode Path`; a listening socket has the flag SO_ACCEPTCON, 0x10000. */
function findInodes(text: string, path: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [, , , flags, , , inode, ...rest] = line.split(" ").filter((word) => word !== "");
    return rest.join(" ") === path && (parseInt(flags!, 16) & 0x10000) !== 0 ? [inode!] : [];
  });
}

function readLink(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return ""; // Closed since.
  }
}
