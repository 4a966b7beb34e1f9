import { type Family, isAny, unmapIpv4 } from "../../net/address.ts";
import type { Listener } from "../../net/listener.ts";
import { inferV6only, parseHexAddress, ROW, TITLE } from "./proc_net.ts";
import { ProcSyntaxError } from "./proc_syntax_error.ts";

/** Relative to the thread that reads: its own network namespace. */
const TABLES = [["/proc/net/udp", 4], ["/proc/net/udp6", 6]] as const;

/** A UDP socket that is not connected. */
const STATE_CLOSE = "07";

/** The UDP sockets that anybody can send to, IPv4, then IPv6. Throws ProcSyntaxError, and what reading a file throws. */
export function readUdpTables(): Listener[] {
  const all = TABLES.flatMap(([path, family]) => {
    try {
      return parseUdpTable(Deno.readTextFileSync(path), family, path);
    } catch (error) {
      if (family === 6 && error instanceof Deno.errors.NotFound) return []; // A kernel without IPv6.
      throw error;
    }
  });
  return inferV6only(all);
}

/** Reads the whole of /proc/net/udp or udp6, `v6only` not inferred yet. Throws ProcSyntaxError. */
export function parseUdpTable(text: string, family: Family, path: string): Listener[] {
  const [title, ...rows] = text.split("\n");
  if (!TITLE.test(title!)) throw new ProcSyntaxError(path, 1, "the title line", title!);
  if (rows.at(-1) === "") rows.pop();
  return rows.flatMap((row, i) => {
    const fields = ROW.exec(row);
    if (fields === null || fields[1]!.length !== (family === 4 ? 8 : 32)) {
      throw new ProcSyntaxError(path, i + 2, `a row of a UDP socket over IPv${family}`, row);
    }
    const address = parseHexAddress(fields[1]!), port = parseInt(fields[2]!, 16);
    if (fields[3] !== STATE_CLOSE || port === 0) return [];
    return [{
      protocol: "udp" as const,
      family,
      address,
      port,
      inode: Number(fields[5]),
      uid: Number(fields[4]),
      v6only: family === 6 && !isAny(address) && unmapIpv4(address) === null,
    }];
  });
}
