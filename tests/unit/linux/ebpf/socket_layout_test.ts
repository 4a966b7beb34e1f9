import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { openBpfCalls } from "../../../../src/ffi/bpf_calls.ts";
import { readSocketLayout, type SocketLayout } from "../../../../src/linux/ebpf/btf/socket_layout.ts";
import { type MadeType, makeBtf, struct } from "./make_btf.ts";

function read(types: readonly MadeType[]): SocketLayout {
  const path = Deno.makeTempFileSync();
  const calls = openBpfCalls();
  try {
    Deno.writeFileSync(path, makeBtf(types));
    return readSocketLayout(calls, path);
  } finally {
    calls.close();
    Deno.removeSync(path);
  }
}

const COMMON = struct("sock_common", { skc_family: 16 * 8, skc_net: 48 * 8, skc_v6_rcv_saddr: 72 * 8 });
const ALL = [
  COMMON,
  struct("sock", { sk_socket: 288 * 8, sk_protocol: 532 * 8 }),
  struct("socket", { file: 16 * 8 }),
  struct("file", { f_inode: 32 * 8 }),
  struct("inode", { i_ino: 64 * 8 }),
  struct("net", { ns: 152 * 8 }),
  struct("ns_common", { inum: 24 * 8 }),
  { kind: 8, name: "btf_trace_inet_sock_set_state" },
];

Deno.test("readSocketLayout finds its way to namespace, inode and address", () => {
  equal(read(ALL), {
    protocol: 532,
    networkNamespace: [48, 176],
    inode: [288, 16, 32, 64],
    ipv6Address: 72,
    tracepointTypeId: 8,
  });
});

Deno.test("readSocketLayout leaves out the ways of which a part is missing", () => {
  equal(read([COMMON]), {
    protocol: null,
    networkNamespace: null,
    inode: null,
    ipv6Address: 72,
    tracepointTypeId: null,
  });
});

Deno.test("readSocketLayout refuses a kernel in which the family is elsewhere", () => {
  throws(() => read([struct("sock_common", { skc_family: 18 * 8 })]), /puts a socket's family at 18, not 16/);
  throws(() => read([]), /puts a socket's family at undefined, not 16/);
});
