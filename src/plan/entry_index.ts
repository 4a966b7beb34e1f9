import { type Entry, type Rule, sameEntry, sameKey } from "./rule.ts";

/**
 * Entries or rules, found by their words. It makes no text of any of them: of tens of thousands, that would be most of what a
 * pass takes.
 */
export class EntryIndex<Item extends Entry | Rule = Entry | Rule> implements Iterable<Item> {
  readonly #byPort = new Map<string, Item[]>();
  #size = 0;

  /** Where several are on one key, the last counts for {@link at}. */
  constructor(items: Iterable<Item> = []) {
    for (const item of items) this.add(item);
  }

  /** How many there are: the same four words count once. */
  get size(): number {
    return this.#size;
  }

  /** Without effect where the same four words are there. */
  add(item: Item): void {
    const port = String(item.listenPort);
    const items = this.#byPort.get(port);
    if (items?.some((other) => sameEntry(other, item)) === true) return;
    this.#size++;
    if (items === undefined) this.#byPort.set(port, [item]);
    else items.push(item);
  }

  /** The one on the same key; of several, the last that was added. */
  at(key: Entry | Rule): Item | undefined {
    return this.#byPort.get(String(key.listenPort))?.findLast((item) => sameKey(item, key));
  }

  /** Whether one has the same four words. */
  has(entry: Entry | Rule): boolean {
    return this.#byPort.get(String(entry.listenPort))?.some((item) => sameEntry(item, entry)) ?? false;
  }

  /** Port by port, in no order that means anything. */
  *[Symbol.iterator](): IterableIterator<Item> {
    for (const items of this.#byPort.values()) yield* items;
  }
}
