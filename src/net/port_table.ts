import type { Protocol } from "./endpoint.ts";

/** Something of one protocol on one port. */
export interface Numbered {
  /** What it speaks. */
  readonly protocol: Protocol;
  /** 1 to 65535. */
  readonly port: number;
}

/** How many ports one page holds, as a power of two: few enough that a page for one port is small. */
const PAGE_BITS = 8, PAGE_SIZE = 1 << PAGE_BITS, PAGE_MASK = PAGE_SIZE - 1;

type Page<Value> = (Value | undefined)[];

/**
 * Values by protocol and port. As quick with 65,535 of them as with three: it makes no text of any port, and a copy shares
 * what neither side has changed since, so that a value that differs in a few ports costs a few pages.
 */
export class PortTable<Value> {
  #pages: (Page<Value> | undefined)[] = [];
  /** Which pages are ours alone: the others must be copied before they are changed. */
  #isOwn: boolean[] = [];
  #size = 0;

  /** How many ports have a value. */
  get size(): number {
    return this.#size;
  }

  /** What stands at a port; undefined where nothing does. */
  get(at: Numbered): Value | undefined {
    const index = indexOf(at);
    return this.#pages[index >> PAGE_BITS]?.[index & PAGE_MASK];
  }

  /** Whether something stands at a port. */
  has(at: Numbered): boolean {
    return this.get(at) !== undefined;
  }

  /** Puts something at a port, in place of what stood there. */
  set(at: Numbered, value: Value): void {
    const index = indexOf(at), page = this.#ownPage(index >> PAGE_BITS), slot = index & PAGE_MASK;
    if (page[slot] === undefined) this.#size++;
    page[slot] = value;
  }

  /** Leaves nothing at a port. */
  delete(at: Numbered): void {
    if (!this.has(at)) return;
    const index = indexOf(at);
    this.#ownPage(index >> PAGE_BITS)[index & PAGE_MASK] = undefined;
    this.#size--;
  }

  /** One with the same values. Neither of the two sees what becomes of the other. */
  copy(): PortTable<Value> {
    const copy = new PortTable<Value>();
    copy.#pages = this.#pages.slice();
    copy.#size = this.#size;
    this.#isOwn = [];
    return copy;
  }

  /** The values, TCP's first, lowest port first. */
  *[Symbol.iterator](): IterableIterator<Value> {
    for (const page of this.#pages) {
      if (page === undefined) continue;
      for (const value of page) if (value !== undefined) yield value;
    }
  }

  #ownPage(number: number): Page<Value> {
    const page = this.#pages[number];
    if (page !== undefined && this.#isOwn[number]) return page;
    this.#isOwn[number] = true;
    return this.#pages[number] = page?.slice() ?? new Array<Value | undefined>(PAGE_SIZE).fill(undefined);
  }
}

function indexOf({ protocol, port }: Numbered): number {
  return protocol === "tcp" ? port : port + 0x1_0000;
}
