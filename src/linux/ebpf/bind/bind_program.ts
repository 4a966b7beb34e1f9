import {
  add,
  call,
  exit,
  jumpIfEqual,
  jumpUnlessEqual,
  label,
  load,
  mapOf,
  move,
  type Statement,
  store,
} from "../asm/instructions.ts";

/** Of one record: it says no more than that something changed, and is as small as a record can be. */
const RECORD_BYTES = 8;

const IPPROTO_UDP = 17;
/** struct bpf_sock (linux/bpf.h), as far as every kernel lets these programs read it. */
const PROTOCOL = 12;
/** Whatever else a program of this kind returns, the kernel takes for a refusal: the bind would fail with EPERM. */
const GO_ON = 1;

/** Descriptors of the maps: the ring, and the cookies of the sockets that were bound. */
export interface BindMaps {
  /** A ring buffer. */
  readonly ring: number;
  /** An LRU hash: u64 to u64. */
  readonly bound: number;
}

/**
 * Runs when a program has bound a socket, once it has its port: remembers a UDP socket by its cookie, and tells. What the
 * kernel binds by itself, as for whoever only asks, does not pass here.
 *
 * r6: the socket.
 */
export function makeBindProgram({ ring, bound }: BindMaps): Statement[] {
  return [
    ...findCookie(),
    store("u64", "r10", -16, 1),
    mapOf("r1", bound),
    ...keyInto("r2", -8),
    ...keyInto("r3", -16),
    move("r4", 0),
    call("map_update_elem"),
    ...tell(ring),
    ...end(),
  ];
}

/** Runs when a socket is closed: tells of those that were remembered, and of no other, such as each look-up of a name. */
export function makeReleaseProgram({ ring, bound }: BindMaps): Statement[] {
  return [
    ...findCookie(),
    mapOf("r1", bound),
    ...keyInto("r2", -8),
    call("map_delete_elem"),
    jumpUnlessEqual("r0", 0, "out"),
    ...tell(ring),
    ...end(),
  ];
}

/** Leaves out what is not UDP; the cookie comes onto the stack. */
function findCookie(): Statement[] {
  return [
    move("r6", "r1"),
    load("r2", "u32", "r6", PROTOCOL),
    jumpUnlessEqual("r2", IPPROTO_UDP, "out"),
    move("r1", "r6"),
    call("get_socket_cookie"),
    store("u64", "r10", -8, "r0"),
  ];
}

function keyInto(register: "r2" | "r3", offset: number): Statement[] {
  return [move(register, "r10"), add(register, offset)];
}

/** A ring that is full is not empty: whoever reads it looks all the same. */
function tell(ring: number): Statement[] {
  return [
    mapOf("r1", ring),
    move("r2", RECORD_BYTES),
    move("r3", 0),
    call("ringbuf_reserve"),
    jumpIfEqual("r0", 0, "out"),
    store("u64", "r0", 0, 0),
    move("r1", "r0"),
    move("r2", 0),
    call("ringbuf_submit"),
  ];
}

function end(): Statement[] {
  return [label("out"), move("r0", GO_ON), exit()];
}
