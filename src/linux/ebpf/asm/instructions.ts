/**
 * eBPF instructions by name, each written as the kernel's verifier writes it in its log. Only what a small program
 * needs: no loops, no division, no functions of its own. Codes: linux/bpf.h and Documentation/bpf/standardization.
 */

/** r0: result; r1 to r5: arguments, lost at a call; r6 to r9: kept; r10: the end of the stack, read only. */
export type Register = "r0" | "r1" | "r2" | "r3" | "r4" | "r5" | "r6" | "r7" | "r8" | "r9" | "r10";

/** How many bits of memory are meant, without a sign. */
export type Width = "u8" | "u16" | "u32" | "u64";

/** One instruction. */
export interface Instruction {
  /** The eight bits that say what is done. */
  readonly opcode: number;
  /** The register that is written, compared, or holds the address of what is written. */
  readonly destination: Register;
  /** The other register; for an address of a map, one of the kernel's marks instead (BPF_PSEUDO_...). */
  readonly source: Register | number;
  /** Signed, in bytes. For a jump the assembler fills it in. */
  readonly offset: number;
  /** 32 bits, signed or not. */
  readonly immediate: number;
  /** The second immediate of an instruction that takes the place of two. */
  readonly secondImmediate?: number;
  /** Where a jump goes. */
  readonly target?: string;
  /** What it does, for the listing. */
  readonly text: string;
}

/** A place that jumps go to. */
export interface Label {
  /** Its name, unique in a program. */
  readonly label: string;
}

/** What a program is made of. */
export type Statement = Instruction | Label;

/** Operation classes. */
const LD = 0x00, LDX = 0x01, ST = 0x02, STX = 0x03, JMP = 0x05, JMP32 = 0x06, ALU64 = 0x07;
/** Where the second operand is: in the instruction, or (8) in a register. */
const FROM_REGISTER = 0x08;
const ADD = 0x00, MOV = 0xb0, JA = 0x00, JEQ = 0x10, JNE = 0x50, CALL = 0x80, EXIT = 0x90;
const MEM = 0x60, ATOMIC = 0xc0;
const WIDTHS: Readonly<Record<Width, number>> = { u8: 0x10, u16: 0x08, u32: 0x00, u64: 0x18 };
const PSEUDO_MAP_FD = 1, PSEUDO_MAP_VALUE = 2;

/** Helper functions of the kernel, by number (linux/bpf.h); all of them are in 5.8, for sk_lookup and iterators in 5.10. */
export const Helper = {
  map_lookup_elem: 1,
  map_update_elem: 2,
  map_delete_elem: 3,
  get_current_comm: 16,
  get_socket_cookie: 46,
  sk_release: 86,
  probe_read_kernel: 113,
  sk_assign: 124,
  ringbuf_reserve: 131,
  ringbuf_submit: 132,
} as const;

/** A place for jumps. */
export function label(name: string): Label {
  return { label: name };
}

/** Copies a register, or sets it to a number of 32 bits that is extended with its sign. */
export function move(destination: Register, value: Register | number): Instruction {
  return operate(MOV, destination, value, "=");
}

/** Adds a register, or a number of 32 bits with a sign. */
export function add(destination: Register, value: Register | number): Instruction {
  return operate(ADD, destination, value, "+=");
}

/** Reads memory. */
export function load(destination: Register, width: Width, base: Register, offset: number): Instruction {
  const text = `${destination} = ${at(width, base, offset)}`;
  return { opcode: LDX | MEM | WIDTHS[width], destination, source: base, offset, immediate: 0, text };
}

/** Writes memory: a register, or a number of 32 bits that is extended with its sign. */
export function store(width: Width, base: Register, offset: number, value: Register | number): Instruction {
  const text = `${at(width, base, offset)} = ${value}`;
  const common = { destination: base, offset, text };
  return typeof value === "number"
    ? { ...common, opcode: ST | MEM | WIDTHS[width], source: 0, immediate: value }
    : { ...common, opcode: STX | MEM | WIDTHS[width], source: value, immediate: 0 };
}

/** Adds a register to 64 bits of memory, as one step for every processor. */
export function addAtomically(base: Register, offset: number, value: Register): Instruction {
  const text = `lock ${at("u64", base, offset)} += ${value}`;
  return {
    opcode: STX | ATOMIC | WIDTHS.u64,
    destination: base,
    source: value,
    offset,
    immediate: ADD,
    text,
  };
}

/** Jumps where 64 bits equal a number that is extended with its sign. */
export function jumpIfEqual(register: Register, value: number, target: string): Instruction {
  return compare(JMP | JEQ, register, value, target, `if ${register} == ${value}`);
}

/** Jumps where 64 bits differ from a number that is extended with its sign. */
export function jumpUnlessEqual(register: Register, value: number, target: string): Instruction {
  return compare(JMP | JNE, register, value, target, `if ${register} != ${value}`);
}

/** Jumps where the 64 bits of two registers differ. */
export function jumpUnlessSame(register: Register, other: Register, target: string): Instruction {
  const instruction = compare(JMP | JNE | FROM_REGISTER, register, 0, target, `if ${register} != ${other}`);
  return { ...instruction, source: other };
}

/** Jumps where the low 32 bits differ from a number. Linux 5.1 and later. */
export function jumpUnlessEqual32(register: Register, value: number, target: string): Instruction {
  return compare(JMP32 | JNE, register, value, target, `if ${register.replace("r", "w")} != ${value}`);
}

/** Jumps. */
export function jump(target: string): Instruction {
  return compare(JMP | JA, "r0", 0, target, "");
}

/** The map behind a descriptor, for a helper. */
export function mapOf(destination: Register, fd: number): Instruction {
  const text = `${destination} = map ${fd}`;
  return wide(destination, PSEUDO_MAP_FD, fd, 0, text);
}

/** The address of a byte in the one value of an array map: no look-up, no test for null. Linux 5.2 and later. */
export function valueOf(destination: Register, fd: number, offset: number): Instruction {
  const text = `${destination} = value of map ${fd} +${offset}`;
  return wide(destination, PSEUDO_MAP_VALUE, fd, offset, text);
}

/** Calls a function of the kernel. */
export function call(name: keyof typeof Helper): Instruction {
  return {
    opcode: JMP | CALL,
    destination: "r0",
    source: 0,
    offset: 0,
    immediate: Helper[name],
    text: `call bpf_${name}`,
  };
}

/** Ends the program; r0 is its result. */
export function exit(): Instruction {
  return { opcode: JMP | EXIT, destination: "r0", source: 0, offset: 0, immediate: 0, text: "exit" };
}

function operate(code: number, destination: Register, value: Register | number, sign: string): Instruction {
  const common = { destination, offset: 0, text: `${destination} ${sign} ${value}` };
  return typeof value === "number"
    ? { ...common, opcode: ALU64 | code, source: 0, immediate: value }
    : { ...common, opcode: ALU64 | code | FROM_REGISTER, source: value, immediate: 0 };
}

function compare(
  opcode: number,
  destination: Register,
  immediate: number,
  target: string,
  condition: string,
): Instruction {
  const text = `${condition} goto ${target}`.trim();
  return { opcode, destination, source: 0, offset: 0, immediate, target, text };
}

function wide(
  destination: Register,
  source: number,
  immediate: number,
  secondImmediate: number,
  text: string,
): Instruction {
  return { opcode: LD | WIDTHS.u64, destination, source, offset: 0, immediate, secondImmediate, text };
}

function at(width: Width, base: Register, offset: number): string {
  return `*(${width} *)(${base} ${offset < 0 ? "-" : "+"}${Math.abs(offset)})`;
}
