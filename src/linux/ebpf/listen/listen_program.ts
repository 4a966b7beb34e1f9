import {
  add,
  addAtomically,
  call,
  exit,
  jump,
  jumpIfEqual,
  jumpUnlessEqual,
  jumpUnlessEqual32,
  label,
  load,
  mapOf,
  move,
  type Register,
  type Statement,
  store,
  valueOf,
  type Width,
} from "../asm/instructions.ts";
import { NAME_BYTES, Place, RECORD_BYTES, TCP_CLOSE, TCP_LISTEN } from "./listen_record.ts";
import { Fixed, type SocketLayout } from "../btf/socket_layout.ts";

const IPPROTO_TCP = 6;
const AF_INET = 2;
const WIDTH_BYTES: Readonly<Record<Width, number>> = { u8: 1, u16: 2, u32: 4, u64: 8 };

/** How a program looks into the kernel's structures. */
export type ReadField = (to: Register, width: Width, base: Register, offset: number) => readonly Statement[];

/** Reads like C: the verifier knows the types (tp_btf), and a bad pointer reads as zero. */
export function readTyped(to: Register, width: Width, base: Register, offset: number): readonly Statement[] {
  return [load(to, width, base, offset)];
}

/** Asks a helper to read, by way of the stack; loses r0 to r5. A bad pointer reads as zero. */
export function readByProbe(
  to: Register,
  width: Width,
  base: Register,
  offset: number,
): readonly Statement[] {
  return [
    move("r1", "r10"),
    add("r1", -8),
    move("r2", WIDTH_BYTES[width]),
    move("r3", base),
    add("r3", offset),
    call("probe_read_kernel"),
    load(to, width, "r10", -8),
  ];
}

/** Where the program counts, in bytes from the beginning of the counters. */
export const Counter = { tried: 0, lost: 8 } as const;
/** Of the counters. */
export const COUNTERS_BYTES = 16;

/** What a program is made for. */
export interface ListenProgramParts {
  /** Descriptors of the ring and of the counters. */
  readonly ring: number;
  /** See {@link Counter}. */
  readonly counters: number;
  /** How it reads, and where; null for a program that looks at nothing. */
  readonly reading: { readonly read: ReadField; readonly layout: SocketLayout } | null;
  /** The inode of the network namespace that is told of, where the layout allows it. */
  readonly networkNamespace: number;
}

/**
 * The program on the tracepoint inet_sock_set_state(socket, old state, new state): it writes a record when a socket
 * begins to listen and when one that listened is closed. (10 -> 3, an accepted connection, is neither.)
 *
 * r6: the socket; r7: the old state, later whatever is on its way; r8: the new state; r9: the record.
 */
export function makeListenProgram(
  { ring, counters, reading, networkNamespace }: ListenProgramParts,
): Statement[] {
  return [
    load("r6", "u64", "r1", 0),
    load("r7", "u64", "r1", 8),
    load("r8", "u64", "r1", 16),
    jumpIfEqual("r7", TCP_LISTEN, "was_listening"),
    jumpUnlessEqual("r8", TCP_LISTEN, "out"),
    jump("changed"),
    label("was_listening"),
    jumpUnlessEqual("r8", TCP_CLOSE, "out"),
    label("changed"),
    ...(reading === null ? [] : filterSockets(reading.read, reading.layout, networkNamespace)),
    ...count(counters, Counter.tried),
    mapOf("r1", ring),
    move("r2", RECORD_BYTES),
    move("r3", 0),
    call("ringbuf_reserve"),
    jumpIfEqual("r0", 0, "lost"),
    move("r9", "r0"),
    store("u64", "r9", Place.inode, 0),
    store("u64", "r9", Place.state, 0),
    store("u64", "r9", Place.address, 0),
    store("u64", "r9", Place.address + 8, 0),
    store("u16", "r9", Place.state, "r8"),
    ...(reading === null ? [] : copyFields(reading.read, reading.layout)),
    ...copyName(),
    move("r1", "r9"),
    move("r2", 0),
    call("ringbuf_submit"),
    jump("out"),
    label("lost"),
    ...count(counters, Counter.lost),
    label("out"),
    move("r0", 0),
    exit(),
  ];
}

/** Leaves out what is not TCP (SCTP and MPTCP share the tracepoint) and other network namespaces. */
function filterSockets(read: ReadField, layout: SocketLayout, networkNamespace: number): Statement[] {
  const { protocol, networkNamespace: way } = layout;
  return [
    ...(protocol === null
      ? []
      : [...read("r7", "u16", "r6", protocol), jumpUnlessEqual("r7", IPPROTO_TCP, "out")]),
    ...(way === null ? [] : [...follow(read, "u32", way), jumpUnlessEqual32("r7", networkNamespace, "out")]),
  ];
}

function copyFields(read: ReadField, layout: SocketLayout): Statement[] {
  const copy = (width: Width, from: number, to: number) => [
    ...read("r7", width, "r6", from),
    store(width, "r9", to, "r7"),
  ];
  return [
    ...copy("u16", Fixed.port, Place.port),
    ...copy("u16", Fixed.family, Place.family),
    ...copyAddress(copy, layout.ipv6Address),
    ...(layout.inode === null
      ? []
      : [...follow(read, "u64", layout.inode), store("u64", "r9", Place.inode, "r7")]),
  ];
}

/** Leaves r7 as the family that was copied last: the order in {@link copyFields} matters. */
function copyAddress(
  copy: (width: Width, from: number, to: number) => Statement[],
  ipv6Address: number,
): Statement[] {
  return [
    jumpIfEqual("r7", AF_INET, "ipv4"),
    ...copy("u64", ipv6Address, Place.address),
    ...copy("u64", ipv6Address + 8, Place.address + 8),
    jump("addressed"),
    label("ipv4"),
    ...copy("u32", Fixed.ipv4Address, Place.address),
    label("addressed"),
  ];
}

/** From the socket by pointers to what the last offset points to; it comes into r7. */
function follow(read: ReadField, width: Width, way: readonly number[]): Statement[] {
  return way.flatMap((offset, i) =>
    read("r7", i === way.length - 1 ? width : "u64", i === 0 ? "r6" : "r7", offset)
  );
}

function copyName(): Statement[] {
  return [
    store("u64", "r9", Place.name, 0),
    store("u64", "r9", Place.name + 8, 0),
    move("r1", "r9"),
    add("r1", Place.name),
    move("r2", NAME_BYTES),
    call("get_current_comm"),
  ];
}

function count(counters: number, offset: number): Statement[] {
  return [valueOf("r2", counters, offset), move("r1", 1), addAtomically("r2", 0, "r1")];
}
