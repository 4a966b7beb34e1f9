/**
 * Reads the kernel's own description of its types (BTF), as far as it takes to find some members of some structures.
 * It is 5 to 8 MB large; it is read in pieces, so that it costs no memory. Format: Documentation/bpf/btf.rst.
 */

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const PIECE_BYTES = 256 << 10;
const KIND_STRUCT = 4, KIND_TYPEDEF = 8;
/** struct btf_type: u32 name, u32 info (kind, flag, number of members), u32 size or type. */
const TYPE_BYTES = 12;
/** struct btf_member: u32 name, u32 type, u32 offset. */
const MEMBER_BYTES = 12;
/** What follows a type of each kind, in bytes: once, or for each member (vlen). */
const ONCE_BYTES = [0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0];
const EACH_BYTES = [0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12];

/** What was found. */
export interface KernelTypes {
  /** Offsets in bytes, by `structure.member`. What is not there, or lies within a byte, is left out. */
  readonly members: ReadonlyMap<string, number>;
  /** Ids of type definitions, by name. */
  readonly typedefs: ReadonlyMap<string, number>;
}

/**
 * Looks for members (`structure.member`) and type definitions in a BTF file, `/sys/kernel/btf/vmlinux` for that of
 * the kernel. Where a structure is there twice, the first counts. Takes about 10 ms, without a pause. Throws Error
 * where the file cannot be read or is no BTF.
 */
export function readKernelTypes(
  path: string,
  members: readonly string[],
  typedefs: readonly string[],
): KernelTypes {
  using file = Deno.openSync(path);
  const header = readHeader(file, path);
  const words = new Set([...members.flatMap((member) => member.split(".")), ...typedefs]);
  const names = findNames(file, header, words);
  return findTypes(file, header, members, typedefs, names);
}

interface Header {
  readonly typesStart: number;
  readonly typesBytes: number;
  readonly namesStart: number;
  readonly namesBytes: number;
}

function readHeader(file: Deno.FsFile, path: string): Header {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  if (file.readSync(bytes) !== HEADER_BYTES || view.getUint16(0, true) !== MAGIC) {
    throw new Error(`Cannot read ${path}: it does not begin like BTF`);
  }
  const base = view.getUint32(4, true);
  return {
    typesStart: base + view.getUint32(8, true),
    typesBytes: view.getUint32(12, true),
    namesStart: base + view.getUint32(16, true),
    namesBytes: view.getUint32(20, true),
  };
}

/** Where each word stands among the names. There each text is there once, between zero bytes. */
function findNames(
  file: Deno.FsFile,
  header: Header,
  words: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const longest = Math.max(...[...words].map((word) => word.length));
  const decoder = new TextDecoder("latin1");
  let carried = "";
  for (const { bytes, start } of readPieces(file, header.namesStart, header.namesBytes)) {
    const text = carried + decoder.decode(bytes);
    for (const word of words) {
      const place = found.has(word) ? -1 : text.indexOf(`\0${word}\0`);
      if (place >= 0) found.set(word, start - carried.length + place + 1);
    }
    carried = text.slice(-longest - 1);
  }
  return found;
}

function findTypes(
  file: Deno.FsFile,
  header: Header,
  members: readonly string[],
  typedefs: readonly string[],
  names: ReadonlyMap<string, number>,
): KernelTypes {
  const found = { members: new Map<string, number>(), typedefs: new Map<string, number>() };
  const typedefNames = new Map(typedefs.map((name) => [names.get(name), name]));
  const structures = groupMembers(members, names);
  // A type that is cut off at the end of a piece is carried to the next one.
  let carried = new Uint8Array();
  let id = 1;
  for (const piece of readPieces(file, header.typesStart, header.typesBytes)) {
    const bytes = new Uint8Array(carried.length + piece.bytes.length);
    bytes.set(carried);
    bytes.set(piece.bytes, carried.length);
    const view = new DataView(bytes.buffer);
    let place = 0;
    while (place + TYPE_BYTES <= bytes.length) {
      const info = view.getUint32(place + 4, true);
      const kind = info >>> 24 & 31, count = info & 0xffff;
      const once = ONCE_BYTES[kind], each = EACH_BYTES[kind];
      if (once === undefined || each === undefined) {
        throw new Error(`BTF has a kind of type that is new: ${kind}`);
      }
      const end = place + TYPE_BYTES + once + each * count;
      if (end > bytes.length) break;
      if (kind === KIND_STRUCT) {
        const wanted = structures.get(view.getUint32(place, true));
        if (wanted !== undefined) readMembers(view, place, end, wanted, found.members);
      } else if (kind === KIND_TYPEDEF) {
        const name = typedefNames.get(view.getUint32(place, true));
        if (name !== undefined && !found.typedefs.has(name)) found.typedefs.set(name, id);
      }
      place = end;
      id++;
    }
    carried = bytes.slice(place);
  }
  return found;
}

/** By the structure's name's place: by the member's name's place, how the member was asked for. */
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

function readMembers(
  view: DataView,
  start: number,
  end: number,
  wanted: ReadonlyMap<number, string>,
  found: Map<string, number>,
): void {
  // With the flag, a member's offset holds the width of a bit field above its low 24 bits.
  const hasBitFields = view.getUint32(start + 4, true) >>> 31 === 1;
  for (let place = start + TYPE_BYTES; place < end; place += MEMBER_BYTES) {
    const asked = wanted.get(view.getUint32(place, true));
    if (asked === undefined || found.has(asked)) continue;
    const offset = view.getUint32(place + 8, true);
    const bits = hasBitFields ? offset & 0xffffff : offset;
    const isBitField = hasBitFields && offset >>> 24 !== 0;
    if (bits % 8 === 0 && !isBitField) found.set(asked, bits / 8);
  }
}

/** The bytes are the same buffer every time. */
function* readPieces(
  file: Deno.FsFile,
  start: number,
  bytes: number,
): Generator<{ bytes: Uint8Array; start: number }> {
  const buffer = new Uint8Array(PIECE_BYTES);
  file.seekSync(start, Deno.SeekMode.Start);
  for (let read = 0; read < bytes;) {
    const count = file.readSync(buffer.subarray(0, Math.min(PIECE_BYTES, bytes - read)));
    if (count === null || count === 0) {
      throw new Error(`BTF ends after ${start + read} bytes, before its time`);
    }
    yield { bytes: buffer.subarray(0, count), start: read };
    read += count;
  }
}
