import { ok } from "node:assert/strict";
import { checkListing } from "./check_listing.ts";
import { assemble } from "../../../../src/linux/ebpf/asm/assembler.ts";
import {
  makeListenProgram,
  readByProbe,
  readTyped,
} from "../../../../src/linux/ebpf/listen/listen_program.ts";
import { FIXED_LAYOUT, type SocketLayout } from "../../../../src/linux/ebpf/btf/socket_layout.ts";

/** Of Linux 6.18. */
const LAYOUT: SocketLayout = {
  protocol: 532,
  networkNamespace: [48, 176],
  inode: [288, 16, 32, 64],
  ipv6Address: 72,
  tracepointTypeId: 38218,
};
const PARTS = { ring: 4, counters: 5, networkNamespace: 4026531840 };

Deno.test("makeListenProgram makes the typed program that its listing shows", () => {
  const statements = makeListenProgram({ ...PARTS, reading: { read: readTyped, layout: LAYOUT } });
  checkListing("tp_btf.listing", assemble(statements).listing);
});

Deno.test("makeListenProgram makes the reading program that its listing shows", () => {
  const statements = makeListenProgram({ ...PARTS, reading: { read: readByProbe, layout: FIXED_LAYOUT } });
  checkListing("raw_tp.listing", assemble(statements).listing);
});

Deno.test("makeListenProgram makes the bare program that its listing shows", () => {
  checkListing("bare.listing", assemble(makeListenProgram({ ...PARTS, reading: null })).listing);
});

Deno.test("makeListenProgram filters network namespaces only where it knows where they are", () => {
  const filters = (layout: SocketLayout) => {
    const statements = makeListenProgram({ ...PARTS, reading: { read: readByProbe, layout } });
    return assemble(statements).listing.includes("w7 != 4026531840");
  };
  ok(filters(LAYOUT));
  ok(!filters({ ...LAYOUT, networkNamespace: null }));
});
