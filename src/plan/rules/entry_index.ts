import { type Entry, type Place, sameEntry, sameKey } from "./entry.ts";

/**
 * Entries, found by their words. It makes no text of any of them, and no list where a port has one entry: of tens of
 * thousands, that would be most of what a pass takes.
 */
export class EntryIndex implements Iterable<Entry> {
  readonly #byPort = new Map<number | string, Entry | Entry[]>();
  #size = 0;

  /** Where several are on one key, the last counts for {@link at}. */
  constructor(entries: Iterable<Entry> = []) {
    for (const entry of entries) this.add(entry);
  }

  /** How many there are: the same words count once. */
  get size(): number {
    return this.#size;
  }

  /** Without effect where the same words are there. */
  add(entry: Entry): void {
    const { port } = entry.listen, there = this.#byPort.get(port);
    if (there === undefined) this.#byPort.set(port, entry);
    else if (!Array.isArray(there)) {
      if (sameEntry(there, entry)) return;
      this.#byPort.set(port, [there, entry]);
    } else {
      if (there.some((other) => sameEntry(other, entry))) return;
      there.push(entry);
    }
    this.#size++;
  }

  /** The one on the same key; of several, the last that was added. */
  at(key: Entry): Entry | undefined {
    const there = this.#byPort.get(key.listen.port);
    if (Array.isArray(there)) return there.findLast((entry) => sameKey(entry, key));
    return there !== undefined && sameKey(there, key) ? there : undefined;
  }

  /** Whether one has the same words. */
  has(entry: Entry): boolean {
    const there = this.#byPort.get(entry.listen.port);
    if (Array.isArray(there)) return there.some((other) => sameEntry(other, entry));
    return there !== undefined && sameEntry(there, entry);
  }

  /** Those that take connections at the same place, wherever they lead to. */
  listeningAt({ family, address, port, protocol }: Place): readonly Entry[] {
    const there = this.#byPort.get(port);
    if (there === undefined) return NONE;
    const isAt = ({ listen }: Entry) =>
      listen.address === address && listen.family === family && listen.protocol === protocol;
    if (Array.isArray(there)) return there.filter(isAt);
    return isAt(there) ? [there] : NONE;
  }

  /** Port by port, in no order that means anything. */
  *[Symbol.iterator](): IterableIterator<Entry> {
    for (const there of this.#byPort.values()) {
      if (Array.isArray(there)) yield* there;
      else yield there;
    }
  }
}

const NONE: readonly Entry[] = [];

/** Indexes that were made, by their lists, and for as long as these live. */
const INDEXES = new WeakMap<readonly Entry[], EntryIndex>();

/** The index of a list that nobody changes any more: made once, however many ask. Nobody may add to it. */
export function indexEntries(
  entries: readonly Entry[],
): Pick<EntryIndex, "at" | "has" | "listeningAt" | "size"> {
  let index = INDEXES.get(entries);
  if (index === undefined) INDEXES.set(entries, index = new EntryIndex(entries));
  return index;
}
