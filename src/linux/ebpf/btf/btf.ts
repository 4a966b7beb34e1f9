/**
 * Reads the kernel's own description of its types (BTF), as far as it takes to find some members of some structures.
 * It is 5 to 8 MB large, so names are searched by the C library. Numbers in it are little-endian, as we are. Format:
 * Documentation/bpf/btf.rst.
 */
import type { BpfCalls } from "../../../ffi/bpf_calls.ts";
import { BtfFile } from "./btf_file.ts";

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const KIND_STRUCT = 4, KIND_TYPEDEF = 8, KIND_FUNCTION = 12;
/** struct btf_type: u32 name, u32 info (kind, flag, number of members), u32 size or type. In words of 32 bits. */
const TYPE_WORDS = 3;
/** struct btf_member: u32 name, u32 type, u32 offset. */
const MEMBER_WORDS = 3;
/** What follows a type of each kind (0 to 19), in words: once, and for each of its members. */
const ONCE_WORDS = [0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];
const EACH_WORDS = [0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3];

/** What was found. */
export interface KernelTypes {
  /** Offsets in bytes, by `structure.member`. What is not there, or lies within a byte, is left out. */
  readonly members: ReadonlyMap<string, number>;
  /** Ids of type definitions, by name. */
  readonly typedefs: ReadonlyMap<string, number>;
  /** Ids of functions, by name. */
  readonly functions: ReadonlyMap<string, number>;
}

/** What is looked for. */
export interface WantedTypes {
  /** As `structure.member`. */
  readonly members: readonly string[];
  /** Names. */
  readonly typedefs?: readonly string[];
  /** Names. */
  readonly functions?: readonly string[];
}

/**
 * Looks for members, type definitions and functions in a BTF file; that of the kernel is `/sys/kernel/btf/vmlinux`. Where something is there twice, the first counts. Blocks for some 5 ms, and 4 more before
 * Linux 6.16. Throws Error where the file cannot be read or is no BTF.
 */
export function readKernelTypes(
  calls: BpfCalls,
  path: string,
  wanted: WantedTypes,
): KernelTypes {
  using file = new BtfFile(calls, path);
  const { types, names } = readHeader(file, path);
  const { members, typedefs = [], functions = [] } = wanted;
  const words = [...members.flatMap((member) => member.split(".")), ...typedefs, ...functions];
  return findTypes(types, wanted, findNames(calls, names, words));
}

function readHeader(file: BtfFile, path: string): { types: Uint32Array; names: Uint8Array<ArrayBuffer> } {
  const { buffer } = file.part(0, HEADER_BYTES);
  const view = new DataView(buffer);
  if (view.getUint16(0, true) !== MAGIC) throw new Error(`Cannot read ${path}: it does not begin like BTF`);
  const part = (offset: number) =>
    file.part(view.getUint32(4, true) + view.getUint32(offset, true), view.getUint32(offset + 4, true));
  const types = part(8);
  return { types: new Uint32Array(types.buffer, types.byteOffset, types.length >>> 2), names: part(16) };
}

/** Where each word stands among the names: each is there once, between zero bytes. */
function findNames(
  calls: BpfCalls,
  names: Uint8Array<ArrayBuffer>,
  words: readonly string[],
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const start = Deno.UnsafePointer.value(Deno.UnsafePointer.of(names));
  for (const word of new Set(words)) {
    const needle = new TextEncoder().encode(`\0${word}\0`);
    const place = calls.symbols.memmem(names, BigInt(names.length), needle, BigInt(needle.length));
    if (place !== null) found.set(word, Number(Deno.UnsafePointer.value(place) - start) + 1);
  }
  return found;
}

function findTypes(
  words: Uint32Array,
  { members, typedefs = [], functions = [] }: WantedTypes,
  names: ReadonlyMap<string, number>,
): KernelTypes {
  const found = {
    members: new Map<string, number>(),
    typedefs: new Map<string, number>(),
    functions: new Map<string, number>(),
  };
  const structures = groupMembers(members, names);
  const byPlace = (wanted: readonly string[]) => new Map(wanted.map((name) => [names.get(name), name]));
  const named = [
    { kind: KIND_TYPEDEF, wanted: byPlace(typedefs), ids: found.typedefs },
    { kind: KIND_FUNCTION, wanted: byPlace(functions), ids: found.functions },
  ];
  const isComplete = () =>
    found.members.size === members.length && named.every(({ wanted, ids }) => ids.size === wanted.size);
  // There are over 100,000 types: what is done for each is next to nothing.
  const isAsked = new Set([...structures.keys(), ...named.flatMap(({ wanted }) => [...wanted.keys()])]);
  for (let id = 1, place = 0; place < words.length; id++) {
    const name = words[place]!, info = words[place + 1]!;
    const kind = info >>> 24 & 31;
    const once = ONCE_WORDS[kind], each = EACH_WORDS[kind];
    if (once === undefined || each === undefined) throw new Error(`BTF has a new kind of type: ${kind}`);
    const end = place + TYPE_WORDS + once + each * (info & 0xffff);
    if (end > words.length) throw new Error("BTF breaks off within a type");
    if (!isAsked.has(name)) {
      place = end;
      continue;
    }
    if (kind === KIND_STRUCT) {
      const wanted = structures.get(name);
      if (wanted !== undefined) readMembers(words.subarray(place, end), wanted, found.members);
    } else {
      for (const { kind: wantedKind, wanted, ids } of named) {
        const asked = kind === wantedKind ? wanted.get(name) : undefined;
        if (asked !== undefined && !ids.has(asked)) ids.set(asked, id);
      }
    }
    if (isComplete()) break;
    place = end;
  }
  return found;
}

/** For each structure's name, by its place: how its members were asked for, by the places of their names. */
function groupMembers(
  members: readonly string[],
  names: ReadonlyMap<string, number>,
): ReadonlyMap<number, ReadonlyMap<number, string>> {
  const structures = new Map<number, Map<number, string>>();
  for (const asked of members) {
    const [structure, member] = asked.split(".").map((word) => names.get(word));
    if (structure === undefined || member === undefined) continue;
    const wanted = structures.get(structure) ?? new Map<number, string>();
    structures.set(structure, wanted.set(member, asked));
  }
  return structures;
}

/** Reads the members of a structure that are wanted, by the places of their names. */
function readMembers(
  type: Uint32Array,
  wanted: ReadonlyMap<number, string>,
  found: Map<string, number>,
): void {
  // With this flag, the high 8 bits of a member's offset are the width of a bit field, 0 for others.
  const hasBitFields = type[1]! >>> 31 === 1;
  for (let place = TYPE_WORDS; place < type.length; place += MEMBER_WORDS) {
    const asked = wanted.get(type[place]!), offset = type[place + 2]!;
    const isWhole = offset % 8 === 0 && (!hasBitFields || offset >>> 24 === 0);
    if (asked !== undefined && isWhole && !found.has(asked)) found.set(asked, offset / 8);
  }
}
