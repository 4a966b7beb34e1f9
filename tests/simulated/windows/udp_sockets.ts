/** The UDP sockets of real processes, as netstat.exe shows them: the helper's, and those of the simulation. */

/** A UDP socket. */
export interface UdpSocket {
  /** As netstat writes it. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Of the process that has it. */
  readonly pid: number;
}

/** Those of some processes of this network; what has ended has none. */
export function listUdpSockets(pids: readonly number[]): UdpSocket[] {
  const rows = ["/proc/net/udp", "/proc/net/udp6"].flatMap(readRows);
  return pids.flatMap((pid) => {
    const inodes = readInodes(pid);
    return rows.filter(({ inode }) => inodes.has(inode)).map(({ address, port }) => ({ address, port, pid }));
  });
}

function readRows(path: string): { address: string; port: number; inode: string }[] {
  return Deno.readTextFileSync(path).split("\n").slice(1).flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const [, hex = "", digits = ""] = /^([0-9A-F]+):([0-9A-F]{4})$/.exec(words[1] ?? "") ?? [];
    if (hex === "") return [];
    const bytes = hex.match(/../g)!.map((byte) => parseInt(byte, 16)).reverse();
    // Of IPv6, only "any" is bound here.
    return [{
      address: bytes.length === 4 ? bytes.join(".") : "[::]",
      port: parseInt(digits, 16),
      inode: words[9]!,
    }];
  });
}

function readInodes(pid: number): Set<string> {
  const inodes = new Set<string>();
  try {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
      try {
        const [, inode] = /^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`/proc/${pid}/fd/${name}`)) ?? [];
        if (inode !== undefined) inodes.add(inode);
      } catch {
        // Closed meanwhile.
      }
    }
  } catch {
    // It has ended.
  }
  return inodes;
}
