import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { openBpfCalls } from "../../../../src/ffi/bpf_calls.ts";
import { assemble } from "../../../../src/linux/ebpf/asm/assembler.ts";
import { makeGatherProgram } from "../../../../src/linux/ebpf/iterate/gather_program.ts";
import { readListenerLayout } from "../../../../src/linux/ebpf/iterate/listener_layout.ts";
import { makeLookupProgram, toLoaded } from "../../../../src/linux/ebpf/lookup/lookup_program.ts";
import { checkListing } from "./check_listing.ts";
import { type MadeType, makeBtf, struct } from "./make_btf.ts";

const PASSAGE = { guest: "172.23.21.232", gateway: "172.23.16.1", interfaceIndex: 2 };

Deno.test("makeLookupProgram makes the program that its listing shows", () => {
  checkListing("lookup.listing", assemble(makeLookupProgram(5, PASSAGE)).listing);
});

Deno.test("makeLookupProgram checks no interface where it is not to", () => {
  const statements = makeLookupProgram(5, { ...PASSAGE, interfaceIndex: null });
  checkListing("lookup_5_10.listing", assemble(statements).listing);
});

Deno.test("makeGatherProgram makes the program that its listing shows", () => {
  checkListing(
    "gather.listing",
    assemble(makeGatherProgram(4, 5, { state: 18, cookie: 88, iteratorId: 1 })).listing,
  );
});

Deno.test("toLoaded reads an address as the processor does", () => {
  equal(toLoaded("127.0.0.1"), 0x0100007f);
  equal(toLoaded("172.23.21.232"), 0xe81517ac);
});

function readLayout(types: readonly MadeType[]) {
  const path = Deno.makeTempFileSync();
  const calls = openBpfCalls();
  try {
    Deno.writeFileSync(path, makeBtf(types));
    return readListenerLayout(calls, path);
  } finally {
    calls.close();
    Deno.removeSync(path);
  }
}

Deno.test("readListenerLayout finds what the gathering looks at", () => {
  const common = struct("sock_common", { skc_state: 18 * 8, skc_cookie: 88 * 8 });
  const iterator = { kind: 12, name: "bpf_iter_tcp" };
  equal(readLayout([common, iterator]), { state: 18, cookie: 88, iteratorId: 2 });
  throws(() => readLayout([common]), /no iterator over TCP sockets/);
  throws(
    () => readLayout([struct("sock_common", { skc_state: 144 }), iterator]),
    /where a socket's cookie is/,
  );
});
