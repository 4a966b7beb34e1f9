import { type Family, formatIpv4, formatIpv6 } from "../../../net/address.ts";
import type { ListenEvent } from "../../../contracts/wake.ts";

/** Where the program writes what in a record: offsets in bytes, each a multiple of what stands there. */
export const Place = { inode: 0, state: 8, port: 10, family: 12, address: 16, name: 32 } as const;
/** Of one record. */
export const RECORD_BYTES = 48;
/** TASK_COMM_LEN, with a zero byte at its end. */
export const NAME_BYTES = 16;

/** States of a TCP socket (net/tcp_states.h). */
export const TCP_CLOSE = 7, TCP_LISTEN = 10;
const AF_INET = 2, AF_INET6 = 10;
const FAMILIES: ReadonlyMap<number, Family> = new Map([[AF_INET, 4], [AF_INET6, 6]]);
const DECODER = new TextDecoder();

/** Reads a record. Null where it only says that some socket changed: the program could not look into it. */
export function readListenRecord(view: DataView, start: number): ListenEvent | null {
  const family = FAMILIES.get(view.getUint16(start + Place.family, true));
  if (family === undefined) return null;
  const isOpen = view.getUint16(start + Place.state, true) === TCP_LISTEN;
  const bytes = new Uint8Array(view.buffer, view.byteOffset + start, RECORD_BYTES);
  return {
    kind: isOpen ? "open" : "close",
    // Inode numbers of sockets are 32 bits wide (get_next_ino).
    inode: Number(view.getBigUint64(start + Place.inode, true)),
    family,
    address: family === 4 ? formatIpv4(bytes, Place.address) : formatIpv6(bytes, Place.address),
    port: view.getUint16(start + Place.port, true),
    // At a close it is whoever was on the processor: a child, a kernel thread.
    programName: isOpen ? readName(bytes) : null,
  };
}

function readName(bytes: Uint8Array): string {
  // Nearly every name is ASCII, and a decoder takes 0.03 ms for what this does in one microsecond.
  let name = "";
  for (let i = Place.name; i < Place.name + NAME_BYTES; i++) {
    const byte = bytes[i]!;
    if (byte === 0) break;
    if (byte > 0x7f) return decodeName(bytes);
    name += String.fromCharCode(byte);
  }
  return name;
}

function decodeName(bytes: Uint8Array): string {
  const name = bytes.subarray(Place.name, Place.name + NAME_BYTES);
  const end = name.indexOf(0);
  return DECODER.decode(name.slice(0, end < 0 ? NAME_BYTES : end));
}
