import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { assemble } from "../../../../src/linux/ebpf/asm/assembler.ts";
import {
  add,
  addAtomically,
  call,
  exit,
  type Instruction,
  jump,
  jumpIfEqual,
  jumpUnlessEqual,
  jumpUnlessEqual32,
  label,
  load,
  mapOf,
  move,
  store,
  valueOf,
} from "../../../../src/linux/ebpf/asm/instructions.ts";

function hex(...statements: Instruction[]): string {
  return assemble(statements).bytes.toHex().replace(/(..)(..)(....)(.{8})/g, "$1 $2 $3 $4\n").trim();
}

// Opcode, registers, offset, immediate: by the tables of Documentation/bpf/standardization/instruction-set.rst.
const ENCODINGS: readonly (readonly [Instruction, string])[] = [
  [move("r6", "r1"), "bf 16 0000 00000000"],
  [move("r0", 0), "b7 00 0000 00000000"],
  [add("r1", -8), "07 01 0000 f8ffffff"],
  [add("r1", "r2"), "0f 21 0000 00000000"],
  [load("r7", "u64", "r1", 8), "79 17 0800 00000000"],
  [load("r7", "u32", "r1", 8), "61 17 0800 00000000"],
  [load("r7", "u16", "r10", -8), "69 a7 f8ff 00000000"],
  [load("r1", "u8", "r6", 18), "71 61 1200 00000000"],
  [store("u64", "r9", 16, "r7"), "7b 79 1000 00000000"],
  [store("u32", "r9", 16, "r7"), "63 79 1000 00000000"],
  [store("u16", "r9", 16, "r7"), "6b 79 1000 00000000"],
  [store("u64", "r10", -8, -1), "7a 0a f8ff ffffffff"],
  [addAtomically("r2", 0, "r1"), "db 12 0000 00000000"],
  [call("ringbuf_reserve"), "85 00 0000 83000000"],
  [mapOf("r1", 7), "18 11 0000 07000000\n00 00 0000 00000000"],
  [valueOf("r2", 7, 8), "18 22 0000 07000000\n00 00 0000 08000000"],
  [call("sk_assign"), "85 00 0000 7c000000"],
  [exit(), "95 00 0000 00000000"],
];

Deno.test("assemble encodes each instruction as the kernel documents it", () => {
  for (const [instruction, expected] of ENCODINGS) equal(hex(instruction), expected, instruction.text);
});

Deno.test("assemble gives jumps their distance, in which a wide instruction counts twice", () => {
  const { bytes, count, listing } = assemble([
    jumpIfEqual("r7", 10, "end"),
    jumpUnlessEqual("r7", -1, "end"),
    jumpUnlessEqual32("r7", 4026531840, "end"),
    mapOf("r1", 3),
    jump("end"),
    label("end"),
    exit(),
  ]);
  const view = new DataView(bytes.buffer);
  equal([0, 1, 2, 5].map((index) => view.getInt16(index * 8 + 2, true)), [5, 4, 3, 0]);
  equal([0, 1, 2, 5].map((index) => bytes[index * 8]), [0x15, 0x55, 0x56, 0x05]);
  equal([0, 1, 2].map((index) => view.getInt32(index * 8 + 4, true)), [10, -1, 4026531840 | 0]);
  equal(count, 7);
  equal(listing.split("\n"), [
    "   0  if r7 == 10 goto end",
    "   1  if r7 != -1 goto end",
    "   2  if w7 != 4026531840 goto end",
    "   3  r1 = map 3",
    "   5  goto end",
    "end:",
    "   6  exit",
    "",
  ]);
});

Deno.test("assemble refuses labels that are missing, there twice, or behind", () => {
  throws(() => assemble([jump("there")]), /Label there is missing/);
  throws(() => assemble([label("here"), label("here")]), /Label here is there twice/);
  throws(() => assemble([label("here"), jump("here")]), /Label here lies before/);
});

Deno.test("assemble refuses numbers that do not fit", () => {
  throws(() => assemble([load("r1", "u64", "r2", 0x8000)]), /Offset 32768 does not fit/);
  throws(() => assemble([move("r1", 2 ** 32)]), /4294967296 does not fit into 32 bits: r1 = 4294967296/);
  throws(() => assemble([move("r1", 0.5)]), /does not fit/);
});
