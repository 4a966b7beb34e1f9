import type { BpfCalls } from "../../../ffi/bpf_calls.ts";
import { readKernelTypes } from "./btf.ts";

/** Where things are in the kernel's structures: offsets in bytes. */
export interface SocketLayout {
  /** In `struct sock`: the protocol, 16 bits. Null where that is not known. */
  readonly protocol: number | null;
  /** The way from a socket to the inode of its network namespace: 32 bits at its end. Null where it is not known. */
  readonly networkNamespace: readonly number[] | null;
  /** The way from a socket to the inode that its programs hold: 64 bits at its end. Null where it is not known. */
  readonly inode: readonly number[] | null;
  /** In `struct sock`: the IPv6 address that it is bound to. */
  readonly ipv6Address: number;
  /** The type that a typed program attaches to; null where that is not known. */
  readonly tracepointTypeId: number | null;
}

/**
 * These begin `struct sock_common`, and with it `struct sock`, in every kernel since 3.13 (include/net/sock.h). Port
 * and IPv4 address lie in nameless unions, where BTF would not name them either.
 */
export const Fixed = { ipv4Address: 4, port: 14, family: 16 } as const;

/**
 * Where nothing can be asked. The IPv6 address has been there since 3.13 as well, on 64-bit kernels with network
 * namespaces, as WSL's are; all else moved over the years.
 */
export const FIXED_LAYOUT: SocketLayout = {
  protocol: null,
  networkNamespace: null,
  inode: null,
  ipv6Address: 72,
  tracepointTypeId: null,
};

const TRACEPOINT_TYPE = "btf_trace_inet_sock_set_state";
/** socket -> file -> inode rather than struct socket_alloc: a typed program may not step out of struct socket. */
const INODE_WAY = ["sock.sk_socket", "socket.file", "file.f_inode", "inode.i_ino"];
const FAMILY = "sock_common.skc_family",
  IPV6_ADDRESS = "sock_common.skc_v6_rcv_saddr",
  PROTOCOL = "sock.sk_protocol";
const NETWORK = "sock_common.skc_net", NAMESPACE = "net.ns", NUMBER = "ns_common.inum";

/** Asks the kernel's BTF. Throws Error where it cannot be read, or contradicts what is fixed. */
export function readSocketLayout(calls: BpfCalls, path = "/sys/kernel/btf/vmlinux"): SocketLayout {
  const asked = [FAMILY, IPV6_ADDRESS, PROTOCOL, NETWORK, NAMESPACE, NUMBER, ...INODE_WAY];
  const { members, typedefs } = readKernelTypes(calls, path, {
    members: asked,
    typedefs: [TRACEPOINT_TYPE],
  });
  const family = members.get(FAMILY);
  if (family !== Fixed.family) {
    throw new Error(`${path} puts a socket's family at ${family}, not ${Fixed.family}`);
  }
  const [network, namespace, number] = [NETWORK, NAMESPACE, NUMBER].map((member) => members.get(member));
  const inode = INODE_WAY.map((member) => members.get(member)).filter((offset) => offset !== undefined);
  return {
    protocol: members.get(PROTOCOL) ?? null,
    networkNamespace: network === undefined || namespace === undefined || number === undefined
      ? null
      : [network, namespace + number],
    inode: inode.length === INODE_WAY.length ? inode : null,
    ipv6Address: members.get(IPV6_ADDRESS) ?? FIXED_LAYOUT.ipv6Address,
    tracepointTypeId: typedefs.get(TRACEPOINT_TYPE) ?? null,
  };
}
