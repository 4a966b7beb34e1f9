import {
  add,
  call,
  exit,
  jumpIfEqual,
  jumpUnlessEqual,
  jumpUnlessEqual32,
  label,
  load,
  mapOf,
  move,
  type Statement,
  store,
} from "../asm/instructions.ts";

const AF_INET = 2, IPPROTO_TCP = 6;
/** struct bpf_sk_lookup (linux/bpf.h): offsets in bytes. Addresses stand in network order, the local port in ours. */
const Context = {
  family: 8,
  protocol: 12,
  remoteIp4: 16,
  localIp4: 40,
  localPort: 60,
  interfaceIndex: 64,
} as const;
/** What the program returns: go on with the socket that it chose, or as if it were not there. */
const SK_PASS = 1;

/** Whose connections are given to a socket on 127.0.0.1, and to what address. */
export interface Passage {
  /** The guest's address that Windows connects to: canonical IPv4. */
  readonly guest: string;
  /** Windows' own address on that network, the only one that may come in: canonical IPv4. */
  readonly gateway: string;
  /** The interface they come in by, as the kernel numbers it; null where the program does not check it. */
  readonly interfaceIndex: number | null;
}

/**
 * The sk_lookup program: the kernel asks it which socket a new connection is for. For one of the passage it names the socket
 * that `sockets` (descriptor of a SOCKHASH: port -> socket) has for the port; for all else, nothing: then everything is as
 * without it. It never turns a connection away. `sk_assign` refuses a socket that takes IPv6 only, with the same result.
 */
export function makeLookupProgram(sockets: number, passage: Passage): Statement[] {
  const { guest, gateway, interfaceIndex } = passage;
  return [
    move("r6", "r1"),
    load("r1", "u32", "r6", Context.protocol),
    jumpUnlessEqual("r1", IPPROTO_TCP, "pass"),
    load("r1", "u32", "r6", Context.family),
    jumpUnlessEqual("r1", AF_INET, "pass"),
    load("r1", "u32", "r6", Context.localIp4),
    jumpUnlessEqual32("r1", toLoaded(guest), "pass"),
    load("r1", "u32", "r6", Context.remoteIp4),
    jumpUnlessEqual32("r1", toLoaded(gateway), "pass"),
    ...(interfaceIndex === null ? [] : [
      load("r1", "u32", "r6", Context.interfaceIndex),
      jumpUnlessEqual("r1", interfaceIndex, "pass"),
    ]),
    load("r1", "u32", "r6", Context.localPort),
    store("u32", "r10", -4, "r1"),
    mapOf("r1", sockets),
    move("r2", "r10"),
    add("r2", -4),
    call("map_lookup_elem"),
    jumpIfEqual("r0", 0, "pass"),
    move("r7", "r0"),
    move("r1", "r6"),
    move("r2", "r7"),
    move("r3", 0),
    call("sk_assign"),
    move("r1", "r7"),
    call("sk_release"),
    label("pass"),
    move("r0", SK_PASS),
    exit(),
  ];
}

/** An IPv4 address as a little-endian machine, as ours are, loads it from network order. */
export function toLoaded(address: string): number {
  return new DataView(Uint8Array.from(address.split("."), Number).buffer).getUint32(0, true);
}
