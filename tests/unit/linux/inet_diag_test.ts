import { deepStrictEqual as equal, throws } from "node:assert/strict";
import type { NetlinkMessage } from "../../../src/linux/netlink/netlink_messages.ts";
import { BOUND_UDP, LISTENING_TCP, readSocket } from "../../../src/linux/netlink/inet_diag.ts";

/** An inet_diag_msg as the kernel sends it, with attributes after it. */
function message(
  options: { family: number; state?: number; port?: number; peerPort?: number; attributes?: number[] },
): NetlinkMessage {
  const attributes = options.attributes ?? [];
  const bytes = new Uint8Array(72 + attributes.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = options.family;
  bytes[1] = options.state ?? 10;
  view.setUint16(4, options.port ?? 3000, false);
  view.setUint16(6, options.peerPort ?? 0, false);
  view.setBigUint64(44, 0x1_0000_0007n, true);
  view.setUint32(64, 1000, true);
  view.setUint32(68, 22817, true);
  bytes.set(attributes, 72);
  return { type: 20, bytes, view, start: 0, end: bytes.length };
}

function readListener(message: NetlinkMessage) {
  return readSocket(message, LISTENING_TCP);
}

/** rtattr of one byte: size 5, type 8 (shutdown) or 11 (v6only), value, padding. */
const shutdown = [5, 0, 8, 0, 0, 0, 0, 0];
const v6only = (value: number) => [5, 0, 11, 0, value, 0, 0, 0];

Deno.test("readSocket reads a listener", () => {
  equal(readListener(message({ family: 2 })), {
    protocol: "tcp",
    family: 4,
    address: "0.0.0.0",
    port: 3000,
    inode: 22817,
    uid: 1000,
    v6only: false,
    cookie: 0x1_0000_0007n,
  });
});

Deno.test("readSocket finds v6only among other attributes", () => {
  for (
    const [attributes, expected] of [[[], false], [shutdown, false], [v6only(0), false], [
      v6only(1),
      true,
    ]] as const
  ) {
    const found = readListener(message({ family: 10, attributes: [...shutdown, ...attributes] }));
    equal([found?.address, found?.v6only], ["::", expected]);
  }
});

Deno.test("readSocket leaves out sockets that do not listen or have no port yet", () => {
  equal(readListener(message({ family: 2, state: 7 })), undefined);
  equal(readListener(message({ family: 2, port: 0 })), undefined);
});

Deno.test("readSocket refuses a message that is too short or of another kind", () => {
  throws(() => readListener({ ...message({ family: 2 }), end: 71 }), RangeError);
  throws(() => readListener({ ...message({ family: 2 }), type: 16 }), RangeError);
});

Deno.test("readSocket survives attributes that say they are longer than the message", () => {
  equal(readListener(message({ family: 10, attributes: [200, 0, 11, 0, 1, 0, 0, 0] }))?.v6only, false);
  equal(readListener(message({ family: 10, attributes: [0, 0, 11, 0, 1, 0, 0, 0] }))?.v6only, false);
});

Deno.test("readSocket reads a socket of UDP that anybody can send to, and none that is connected, listens or has no port", () => {
  const read = (options: { state?: number; port?: number; peerPort?: number }) =>
    readSocket(message({ family: 2, state: 7, ...options }), BOUND_UDP);
  equal([read({})?.protocol, read({})?.port], ["udp", 3000]);
  equal(read({ peerPort: 53 }), undefined);
  equal(read({ state: 10 }), undefined);
  equal(read({ port: 0 }), undefined);
});
