import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { readKernelTypes, type WantedTypes } from "../../../../src/linux/ebpf/btf/btf.ts";
import { type BpfCalls, openBpfCalls } from "../../../../src/ffi/bpf_calls.ts";
import { type MadeType, makeBtf, struct } from "./make_btf.ts";

/** Reads it both ways, which must not differ: lent by the kernel, and read. */
function read(bytes: Uint8Array, members: string[], typedefs: string[] = [], functions: string[] = []) {
  const path = Deno.makeTempFileSync();
  const calls = openBpfCalls();
  try {
    Deno.writeFileSync(path, bytes);
    const lent = tryRead(calls, path, { members, typedefs, functions });
    equal(tryRead(withoutOpen(calls), path, { members, typedefs, functions }), lent);
    if (typeof lent === "string") throw new Error(lent);
    return lent;
  } finally {
    calls.close();
    Deno.removeSync(path);
  }
}

function withoutOpen(calls: BpfCalls): BpfCalls {
  return { symbols: { ...calls.symbols, open: () => -1 }, close: () => calls.close() } as unknown as BpfCalls;
}

function tryRead(calls: BpfCalls, path: string, wanted: WantedTypes) {
  try {
    const found = readKernelTypes(calls, path, wanted);
    const [members, typedefs, functions] = [found.members, found.typedefs, found.functions].map((found) =>
      Object.fromEntries(found)
    );
    return { members, typedefs, ...(wanted.functions?.length === 0 ? {} : { functions }) };
  } catch (error) {
    return (error as Error).message;
  }
}

/** One of each kind that is not looked at, with what follows it (linux/btf.h). */
const EVERY_KIND: readonly MadeType[] = [
  { kind: 1, name: "int", extra: [32] },
  { kind: 2 },
  { kind: 3, extra: [1, 1, 4] },
  { kind: 5, name: "a_union", count: 1, extra: ["inum", 1, 0] },
  { kind: 6, name: "an_enum", count: 2, extra: ["red", 0, "blue", 1] },
  { kind: 7, name: "forward" },
  { kind: 9 },
  { kind: 10 },
  { kind: 11 },
  { kind: 12, name: "func" },
  { kind: 13, count: 2, extra: ["argument", 1, "other", 1] },
  { kind: 14, name: "variable", extra: [1] },
  { kind: 15, name: ".data", count: 2, extra: [1, 0, 4, 1, 4, 4] },
  { kind: 16, name: "float" },
  { kind: 17, name: "tag", extra: [0] },
  { kind: 18, name: "type_tag" },
  { kind: 19, name: "enum64", count: 1, extra: ["big", 0, 1] },
];

Deno.test("readKernelTypes finds members and type definitions behind every kind of type", () => {
  const bytes = makeBtf([
    ...EVERY_KIND,
    struct("net", { count: 0, ns: 1216 }),
    { kind: 8, name: "btf_trace_it" },
  ]);
  equal(read(bytes, ["net.ns", "net.count"], ["btf_trace_it"]), {
    members: { "net.count": 0, "net.ns": 152 },
    typedefs: { btf_trace_it: EVERY_KIND.length + 2 },
  });
});

Deno.test("readKernelTypes finds functions, and does not take a type for one of the same name", () => {
  const bytes = makeBtf([...EVERY_KIND, { kind: 8, name: "it" }, { kind: 12, name: "it" }, {
    kind: 12,
    name: "it",
  }]);
  equal(read(bytes, [], ["it"], ["it", "func", "other"]), {
    members: {},
    typedefs: { it: EVERY_KIND.length + 1 },
    functions: { it: EVERY_KIND.length + 2, func: 10 },
  });
});

Deno.test("readKernelTypes tells bit fields from members, and leaves out what is not whole bytes", () => {
  const bits = { whole: 64, narrow: 4 << 24 | 96, odd: 67 };
  equal(read(makeBtf([struct("s", bits, true)]), ["s.whole", "s.narrow", "s.odd"]).members, { "s.whole": 8 });
  equal(read(makeBtf([struct("s", { far: 1 << 27 })]), ["s.far"]).members, { "s.far": 1 << 24 });
});

Deno.test("readKernelTypes takes the first of two structures, and whole names only", () => {
  const bytes = makeBtf([
    struct("socket_alloc", { file: 0 }),
    struct("socket", { filed: 8, file: 16 }),
    struct("socket", { file: 24 }),
  ]);
  equal(read(bytes, ["socket.file", "sock.file", "socket.fil"]).members, { "socket.file": 2 });
});

Deno.test("readKernelTypes reads across the ends of its pieces", () => {
  const filler = Array.from(
    { length: 9000 },
    (_, i) => ({ kind: i % 2 === 0 ? 2 : 1, extra: i % 2 === 0 ? [] : [0] }),
  );
  for (let shift = 0; shift < 12; shift++) {
    const wanted = struct(
      "wanted",
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`m${i}`, i * 8])),
    );
    const more = Array.from({ length: shift }, () => ({ kind: 2 }));
    const names = Array.from({ length: 9000 }, (_, i) => `name${i}`).concat("x".repeat(shift + 1));
    const bytes = makeBtf([...filler, ...more, wanted, { kind: 8, name: "last" }], names);
    const found = read(bytes, ["wanted.m0", "wanted.m49"], ["last"]);
    equal(found, { members: { "wanted.m0": 0, "wanted.m49": 49 }, typedefs: { last: 9002 + shift } });
  }
});

Deno.test("readKernelTypes passes over a type that is larger than a piece", () => {
  const huge = { kind: 15, name: ".data", count: 20000, extra: new Array<number>(60000).fill(0) };
  equal(read(makeBtf([huge, struct("s", { m: 8 })]), ["s.m"]).members, { "s.m": 1 });
});

Deno.test("readKernelTypes says what it did not find by leaving it out", () => {
  equal(read(makeBtf([struct("s", { m: 8 })]), ["s.other", "t.m"], ["u"]), { members: {}, typedefs: {} });
});

Deno.test("readKernelTypes refuses what is no BTF, is cut off, or has kinds that are new", () => {
  throws(() => read(new Uint8Array(100), ["s.m"]), /does not begin like BTF/);
  throws(() => read(new Uint8Array(3), ["s.m"]), /BTF ends before its time/);
  throws(() => read(makeBtf([{ kind: 25, name: "s" }]), ["s.m"]), /new kind of type: 25/);
  const whole = makeBtf([struct("s", { m: 8 })]);
  throws(() => read(whole.subarray(0, whole.length - 4), ["s.m"]), /BTF ends before its time/);
  throws(() => read(whole.subarray(0, 0), ["s.m"]), /BTF ends before its time/);
  const calls = openBpfCalls();
  throws(() => readKernelTypes(calls, "/does/not/exist", { members: ["s.m"] }), Deno.errors.NotFound);
  calls.close();
});
