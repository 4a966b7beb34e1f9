/** A type of a made BTF file: `extra` are the words that follow its first three. */
export interface MadeType {
  readonly kind: number;
  readonly name?: string;
  /** vlen. */
  readonly count?: number;
  /** kind_flag: members may be bit fields. */
  readonly hasFlag?: boolean;
  readonly extra?: readonly (number | string)[];
}

/** A structure of members at these bits. */
export function struct(name: string, members: Record<string, number>, hasFlag = false): MadeType {
  const extra = Object.entries(members).flatMap(([member, bits]) => [member, 0, bits]);
  return { kind: 4, name, count: Object.keys(members).length, hasFlag, extra };
}

/** A BTF file as Documentation/bpf/btf.rst describes it. Texts among the words become their places. */
export function makeBtf(types: readonly MadeType[], moreNames: readonly string[] = []): Uint8Array {
  let names = "\0";
  const places = new Map<string, number>();
  const place = (name: string): number => {
    if (!places.has(name)) {
      places.set(name, names.length);
      names += `${name}\0`;
    }
    return places.get(name)!;
  };
  for (const name of moreNames) place(name);
  const words = types.flatMap(({ kind, name, count = 0, hasFlag = false, extra = [] }) => [
    name === undefined ? 0 : place(name),
    (kind << 24 | count | (hasFlag ? 1 << 31 : 0)) >>> 0,
    0,
    ...extra.map((word) => typeof word === "string" ? place(word) : word),
  ]);
  const typesBytes = words.length * 4;
  const head = new Uint8Array(24);
  const view = new DataView(head.buffer);
  view.setUint16(0, 0xeb9f, true);
  view.setUint8(2, 1);
  [24, 0, typesBytes, typesBytes, names.length].forEach((word, i) => view.setUint32(4 + i * 4, word, true));
  return new Uint8Array([
    ...head,
    ...new Uint8Array(new Uint32Array(words).buffer),
    ...new TextEncoder().encode(names),
  ]);
}
