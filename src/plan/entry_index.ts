import { type Entry, type Place, sameEntry, sameKey } from "./entry.ts";

/**
 * Entries, found by their words. It makes no text of any of them: of tens of thousands, that would be most of what a pass
 * takes.
 */
export class EntryIndex implements Iterable<Entry> {
  readonly #byPort = new Map<number | string, Entry[]>();
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
    const entries = this.#byPort.get(entry.listen.port);
    if (entries?.some((other) => sameEntry(other, entry)) === true) return;
    this.#size++;
    if (entries === undefined) this.#byPort.set(entry.listen.port, [entry]);
    else entries.push(entry);
  }

  /** The one on the same key; of several, the last that was added. */
  at(key: Entry): Entry | undefined {
    return this.#byPort.get(key.listen.port)?.findLast((entry) => sameKey(entry, key));
  }

  /** Whether one has the same words. */
  has(entry: Entry): boolean {
    return this.#byPort.get(entry.listen.port)?.some((other) => sameEntry(other, entry)) ?? false;
  }

  /** Those that take connections at the same place, wherever they lead to. */
  listeningAt({ family, address, port, protocol }: Place): readonly Entry[] {
    return this.#byPort.get(port)?.filter(({ listen }) =>
      listen.address === address && listen.family === family && listen.protocol === protocol
    ) ?? [];
  }

  /** Port by port, in no order that means anything. */
  *[Symbol.iterator](): IterableIterator<Entry> {
    for (const entries of this.#byPort.values()) yield* entries;
  }
}
