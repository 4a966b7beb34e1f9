import type { Instruction, Register, Statement } from "./instructions.ts";

/** struct bpf_insn: u8 opcode, 4 bits destination, 4 bits source, i16 offset, i32 immediate. */
const INSTRUCTION_BYTES = 8;

/** A program as the kernel takes it. */
export interface Assembled {
  /** Its instructions, little-endian. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many there are, as the kernel counts: a wide one is two. */
  readonly count: number;
  /** A line for each label and instruction, with the number that the verifier's log gives it. */
  readonly listing: string;
}

/**
 * Turns statements into bytes: jumps get their distances. Throws RangeError for a label that is missing, that is
 * there twice or lies before its jump (a loop, which old verifiers refuse), and for a number that does not fit.
 */
export function assemble(statements: readonly Statement[]): Assembled {
  const { places, count } = place(statements);
  const bytes = new Uint8Array(count * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  const lines: string[] = [];
  let index = 0;
  for (const statement of statements) {
    if ("label" in statement) {
      lines.push(`${statement.label}:`);
      continue;
    }
    lines.push(`${String(index).padStart(4)}  ${statement.text}`);
    encode(view, index, statement, distance(statement, index, places));
    index += slotsOf(statement);
  }
  return { bytes, count, listing: `${lines.join("\n")}\n` };
}

function place(statements: readonly Statement[]): { places: ReadonlyMap<string, number>; count: number } {
  const places = new Map<string, number>();
  let count = 0;
  for (const statement of statements) {
    if (!("label" in statement)) count += slotsOf(statement);
    else if (places.has(statement.label)) throw new RangeError(`Label ${statement.label} is there twice`);
    else places.set(statement.label, count);
  }
  return { places, count };
}

function slotsOf({ secondImmediate }: Instruction): 1 | 2 {
  return secondImmediate === undefined ? 1 : 2;
}

/** What the offset of an instruction is: for a jump, the number of instructions that are passed over. */
function distance(
  { target, offset }: Instruction,
  index: number,
  places: ReadonlyMap<string, number>,
): number {
  if (target === undefined) return offset;
  const place = places.get(target);
  if (place === undefined) throw new RangeError(`Label ${target} is missing`);
  if (place <= index) throw new RangeError(`Label ${target} lies before the jump to it`);
  return place - index - 1;
}

function encode(view: DataView, index: number, instruction: Instruction, offset: number): void {
  const { opcode, destination, source, immediate, secondImmediate } = instruction;
  if (offset < -0x8000 || offset > 0x7fff) {
    throw new RangeError(`Offset ${offset} does not fit: ${instruction.text}`);
  }
  const start = index * INSTRUCTION_BYTES;
  view.setUint8(start, opcode);
  view.setUint8(start + 1, numberOf(destination) | numberOf(source) << 4);
  view.setInt16(start + 2, offset, true);
  view.setInt32(start + 4, to32Bits(immediate, instruction), true);
  if (secondImmediate === undefined) return;
  view.setInt32(start + INSTRUCTION_BYTES + 4, to32Bits(secondImmediate, instruction), true);
}

function numberOf(register: Register | number): number {
  return typeof register === "number" ? register : Number(register.slice(1));
}

function to32Bits(value: number, { text }: Instruction): number {
  if (!Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff) {
    throw new RangeError(`${value} does not fit into 32 bits: ${text}`);
  }
  return value | 0;
}
