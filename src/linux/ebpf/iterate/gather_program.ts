import {
  add,
  call,
  exit,
  jumpIfEqual,
  jumpUnlessEqual,
  jumpUnlessEqual32,
  jumpUnlessSame,
  label,
  load,
  mapOf,
  move,
  type Statement,
  store,
} from "../asm/instructions.ts";
import type { ListenerLayout } from "./listener_layout.ts";

const TCP_LISTEN = 10;
/** 127.0.0.1 as a little-endian machine loads it from network order. */
const LOOPBACK = 0x0100007f;
/** struct bpf_iter__tcp: the socket, null at the end. */
const CONTEXT_SOCKET = 8;
/**
 * These begin `struct sock_common` in every kernel since 3.13 (include/net/sock.h): the address that a socket is bound to, in
 * network order, and its port in ours. They lie in nameless unions, where BTF would not name them.
 */
const Socket = { address: 4, port: 14 } as const;

/**
 * The iter/tcp program, which the kernel runs for each TCP socket of the network namespace. It puts those into `sockets` (descriptor
 * of a SOCKHASH: port -> socket) that listen on 127.0.0.1, on a port that is in `expected` (HASH: port -> cookie), and have that
 * cookie: so a port that changed hands since it was judged is left alone. A socket at ::ffff:127.0.0.1, as Java's, has 127.0.0.1
 * here too; one at ::1 has 127.0.0.6.
 */
export function makeGatherProgram(expected: number, sockets: number, layout: ListenerLayout): Statement[] {
  return [
    load("r6", "u64", "r1", CONTEXT_SOCKET),
    jumpIfEqual("r6", 0, "out"),
    load("r1", "u8", "r6", layout.state),
    jumpUnlessEqual("r1", TCP_LISTEN, "out"),
    load("r1", "u32", "r6", Socket.address),
    jumpUnlessEqual32("r1", LOOPBACK, "out"),
    load("r1", "u16", "r6", Socket.port),
    store("u32", "r10", -4, "r1"),
    mapOf("r1", expected),
    move("r2", "r10"),
    add("r2", -4),
    call("map_lookup_elem"),
    jumpIfEqual("r0", 0, "out"),
    load("r1", "u64", "r0", 0),
    load("r2", "u64", "r6", layout.cookie),
    jumpUnlessSame("r1", "r2", "out"),
    mapOf("r1", sockets),
    move("r2", "r10"),
    add("r2", -4),
    move("r3", "r6"),
    move("r4", 0),
    call("map_update_elem"),
    label("out"),
    move("r0", 0),
    exit(),
  ];
}
