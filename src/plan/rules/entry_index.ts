import { PortTable } from "../../net/port_table.ts";
import { finish, inSlices, type Sliced } from "../slices.ts";
import { type Entry, type Place, sameEntry, sameKey } from "./entry.ts";

/**
 * Entries, found by their words. It makes no text of any of them, and no list where a port has one entry: of tens of
 * thousands, that would be most of what a pass takes.
 */
export class EntryIndex implements Iterable<Entry> {
  readonly #byPort = new PortTable<Entry | readonly Entry[]>();
  /** Those that have words where a port should be: somebody else's. */
  readonly #byWords = new Map<string, readonly Entry[]>();
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
    const { port, protocol } = entry.listen, there = this.#on(entry.listen);
    if (there === undefined) {
      if (typeof port === "string") this.#byWords.set(port, [entry]);
      else this.#byPort.set({ protocol, port }, entry);
    } else {
      const all = "listen" in there ? [there] : there;
      if (all.some((other) => sameEntry(other, entry))) return;
      if (typeof port === "string") this.#byWords.set(port, [...all, entry]);
      else this.#byPort.set({ protocol, port }, [...all, entry]);
    }
    this.#size++;
  }

  /** The one on the same key; of several, the last that was added. */
  at(key: Entry): Entry | undefined {
    const there = this.#on(key.listen);
    if (there === undefined) return undefined;
    if ("listen" in there) return sameKey(there, key) ? there : undefined;
    return there.findLast((entry) => sameKey(entry, key));
  }

  /** Whether one has the same words. */
  has(entry: Entry): boolean {
    const there = this.#on(entry.listen);
    if (there === undefined) return false;
    return "listen" in there ? sameEntry(there, entry) : there.some((other) => sameEntry(other, entry));
  }

  /** Those that take connections at the same place, wherever they lead to. */
  listeningAt(place: Place): readonly Entry[] {
    const { family, address } = place, there = this.#on(place);
    if (there === undefined) return NONE;
    const isAt = ({ listen }: Entry) =>
      listen.address === address && listen.family === family && listen.protocol === place.protocol;
    if ("listen" in there) return isAt(there) ? [there] : NONE;
    return there.filter(isAt);
  }

  /** Port by port. */
  *[Symbol.iterator](): IterableIterator<Entry> {
    for (const there of this.#byPort) {
      if ("listen" in there) yield there;
      else yield* there;
    }
    for (const there of this.#byWords.values()) yield* there;
  }

  #on({ protocol, port }: Place): Entry | readonly Entry[] | undefined {
    return typeof port === "string" ? this.#byWords.get(port) : this.#byPort.get({ protocol, port });
  }
}

const NONE: readonly Entry[] = [];

/** An index that nobody adds to any more. */
export type FixedIndex = Omit<EntryIndex, "add">;

/** Indexes that were made, by their lists, and for as long as these live. */
const INDEXES = new WeakMap<readonly Entry[], EntryIndex>();

/** The index of a list that nobody changes any more: made once, however many ask. */
export function indexEntries(entries: readonly Entry[]): FixedIndex {
  return finish(indexInSlices(entries));
}

/** The same in slices. */
export function* indexInSlices(entries: readonly Entry[]): Sliced<FixedIndex> {
  const made = INDEXES.get(entries);
  if (made !== undefined) return made;
  const index = new EntryIndex();
  yield* inSlices(entries, (entry) => index.add(entry));
  INDEXES.set(entries, index);
  return index;
}
