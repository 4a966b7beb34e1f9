import { deepStrictEqual as equal } from "node:assert/strict";
import { readListenRecord, RECORD_BYTES } from "../../../../src/linux/ebpf/listen/listen_record.ts";

/** A record at an odd place of a larger buffer, as in the ring. */
function read(fields: { state: number; family: number; port?: number; address?: number[]; name?: number[] }) {
  const bytes = new Uint8Array(8 + RECORD_BYTES + 8).fill(0x55);
  bytes.fill(0, 8, 8 + RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, 4_294_967_295n, true);
  view.setUint16(16, fields.state, true);
  view.setUint16(18, fields.port ?? 8080, true);
  view.setUint16(20, fields.family, true);
  bytes.set(fields.address ?? [], 24);
  bytes.set(fields.name ?? [], 40);
  return readListenRecord(view, 8);
}

Deno.test("readListenRecord reads an IPv4 socket that begins to listen", () => {
  equal(read({ state: 10, family: 2, address: [192, 168, 0, 7], name: [0x6e, 0x6f, 0x64, 0x65] }), {
    kind: "open",
    inode: 4_294_967_295,
    family: 4,
    address: "192.168.0.7",
    port: 8080,
    programName: "node",
  });
});

Deno.test("readListenRecord reads an IPv6 socket that ends to listen, and names nobody for it", () => {
  const address = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
  equal(read({ state: 7, family: 10, port: 0, address, name: [0x6e] }), {
    kind: "close",
    inode: 4_294_967_295,
    family: 6,
    address: "fe80::1",
    port: 0,
    programName: null,
  });
});

Deno.test("readListenRecord reads names of any bytes", () => {
  const name = (bytes: number[]) => read({ state: 10, family: 2, name: bytes })?.programName;
  equal(name([0x09, 0x0a, 0xff, 0]), "\t\n\ufffd");
  equal(name([]), "");
  equal(name(new Array<number>(16).fill(0x61)), "a".repeat(16));
});

Deno.test("readListenRecord knows nothing of a socket that could not be looked into", () => {
  equal(read({ state: 10, family: 0 }), null);
  equal(read({ state: 10, family: 1 }), null);
});
