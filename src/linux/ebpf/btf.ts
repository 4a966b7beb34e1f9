/**
 * Reads the kernel's own description of its types (BTF), as far as it takes to find some members of some structures.
 * It is 5 to 8 MB large: it is read in pieces and only up to where all is found. Numbers in it are little-endian, as
 * we are. Format: Documentation/bpf/btf.rst.
 */

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
/** sysfs gives a page at a time; what is larger than this only makes garbage. */
const PIECE_BYTES = 64 << 10;
const KIND_STRUCT = 4, KIND_TYPEDEF = 8;
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
}

/**
 * Looks for members (`structure.member`) and type definitions in a BTF file; that of the kernel is
 * `/sys/kernel/btf/vmlinux`. Where something is there twice, the first counts. Blocks for some 5 ms, 20 where not all
 * is found. Throws Error where the file cannot be read or is no BTF.
 */
export function readKernelTypes(
  path: string,
  members: readonly string[],
  typedefs: readonly string[],
): KernelTypes {
  using file = Deno.openSync(path);
  const { types, names } = readHeader(file, path);
  const words = [...members.flatMap((member) => member.split(".")), ...typedefs];
  return findTypes(file, types, members, typedefs, findNames(file, names, words));
}

/** A part of the file, in bytes. */
interface Part {
  readonly start: number;
  readonly bytes: number;
}

function readHeader(file: Deno.FsFile, path: string): { types: Part; names: Part } {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  if (file.readSync(bytes) !== HEADER_BYTES || view.getUint16(0, true) !== MAGIC) {
    throw new Error(`Cannot read ${path}: it does not begin like BTF`);
  }
  const part = (offset: number): Part => ({
    start: view.getUint32(4, true) + view.getUint32(offset, true),
    bytes: view.getUint32(offset + 4, true),
  });
  return { types: part(8), names: part(16) };
}

/** Where each word stands among the names: each is there once, between zero bytes. */
function findNames(file: Deno.FsFile, names: Part, words: readonly string[]): ReadonlyMap<string, number> {
  const missing = new Set(words);
  const found = new Map<string, number>();
  const overlap = Math.max(...words.map((word) => word.length)) + 1;
  const decoder = new TextDecoder("latin1");
  readThrough(file, names, (piece, position) => {
    const text = decoder.decode(piece);
    for (const word of missing) {
      const place = text.indexOf(`\0${word}\0`);
      if (place < 0) continue;
      found.set(word, position + place + 1);
      missing.delete(word);
    }
    return missing.size === 0 ? null : Math.max(1, piece.length - overlap);
  });
  return found;
}

function findTypes(
  file: Deno.FsFile,
  types: Part,
  members: readonly string[],
  typedefs: readonly string[],
  names: ReadonlyMap<string, number>,
): KernelTypes {
  const found = { members: new Map<string, number>(), typedefs: new Map<string, number>() };
  const structures = groupMembers(members, names);
  const definitions = new Map(typedefs.map((name) => [names.get(name), name]));
  let id = 0;
  readThrough(file, types, (piece) => {
    const words = new Uint32Array(piece.buffer, 0, piece.length >>> 2);
    let place = 0;
    while (place + TYPE_WORDS <= words.length) {
      const name = words[place]!, info = words[place + 1]!;
      const kind = info >>> 24 & 31;
      const once = ONCE_WORDS[kind], each = EACH_WORDS[kind];
      if (once === undefined || each === undefined) throw new Error(`BTF has a new kind of type: ${kind}`);
      const end = place + TYPE_WORDS + once + each * (info & 0xffff);
      const wanted = kind === KIND_STRUCT ? structures.get(name) : undefined;
      if (wanted !== undefined) {
        if (end > words.length) break;
        readMembers(words.subarray(place, end), wanted, found.members);
      }
      id++;
      const definition = kind === KIND_TYPEDEF ? definitions.get(name) : undefined;
      if (definition !== undefined && !found.typedefs.has(definition)) found.typedefs.set(definition, id);
      place = end;
    }
    const isComplete = found.members.size === members.length && found.typedefs.size === typedefs.length;
    return isComplete ? null : place * 4;
  });
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

/**
 * Reads a part of a file through one buffer. `take` gets what is in it and where that begins in the part, and returns
 * how many bytes it is done with (more than there are: those are passed over), or null to end. The rest comes again.
 */
function readThrough(
  file: Deno.FsFile,
  { start, bytes }: Part,
  take: (piece: Uint8Array<ArrayBuffer>, position: number) => number | null,
): void {
  const buffer = new Uint8Array(PIECE_BYTES);
  for (let position = 0, held = 0; position + held < bytes;) {
    file.seekSync(start + position + held, Deno.SeekMode.Start);
    held += fill(file, buffer.subarray(held, Math.min(PIECE_BYTES, bytes - position)));
    const done = take(buffer.subarray(0, held), position);
    if (done === null) return;
    if (done === 0) throw new Error(`BTF breaks off, or has a type of over ${PIECE_BYTES} bytes`);
    if (done < held) buffer.copyWithin(0, done, held);
    held = Math.max(0, held - done);
    position += done;
  }
}

function fill(file: Deno.FsFile, target: Uint8Array): number {
  let filled = 0;
  while (filled < target.length) {
    const count = file.readSync(target.subarray(filled));
    if (count === null) throw new Error("BTF ends before its time");
    filled += count;
  }
  return filled;
}
