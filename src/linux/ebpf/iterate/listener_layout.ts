import type { BpfCalls } from "../../../ffi/bpf_calls.ts";
import { readKernelTypes } from "../btf/btf.ts";

/** Where a socket keeps what the gathering looks at: offsets in bytes in `struct sock_common`. */
export interface ListenerLayout {
  /** Its state: 8 bits. */
  readonly state: number;
  /** The number that no other socket of this boot has: 64 bits. */
  readonly cookie: number;
  /** The function that stands for the iterator over TCP sockets (kind FUNC in BTF). */
  readonly iteratorId: number;
}

const STATE = "sock_common.skc_state", COOKIE = "sock_common.skc_cookie", ITERATOR = "bpf_iter_tcp";

/** Asks the kernel's BTF; blocks for some 5 ms. Throws Error where it cannot be read, or lacks one of them. */
export function readListenerLayout(calls: BpfCalls, path = "/sys/kernel/btf/vmlinux"): ListenerLayout {
  const { members, functions } = readKernelTypes(calls, path, {
    members: [STATE, COOKIE],
    functions: [ITERATOR],
  });
  const state = members.get(STATE), cookie = members.get(COOKIE), iteratorId = functions.get(ITERATOR);
  if (state === undefined || cookie === undefined) {
    throw new Error(`${path} does not tell where a socket's cookie is`);
  }
  if (iteratorId === undefined) {
    throw new Error("this kernel has no iterator over TCP sockets (Linux 5.9 and later have)");
  }
  return { state, cookie, iteratorId };
}
