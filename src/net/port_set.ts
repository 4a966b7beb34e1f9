import { isPort, parsePort } from "./port.ts";

/** Both ends belong to the range; `first` is never above `last`. */
export interface PortRange {
  /** 1 to 65535. */
  readonly first: number;
  /** 1 to 65535. */
  readonly last: number;
}

/** An immutable set of ports, kept as sorted ranges that neither overlap nor touch. */
export class PortSet {
  /** The set without a port in it. */
  static readonly EMPTY: PortSet = new PortSet([]);

  /** Every port there is. */
  static readonly EVERY: PortSet = new PortSet([{ first: 1, last: 65_535 }]);

  /** The ranges in rising order. */
  readonly ranges: readonly PortRange[];
  /** Ports that were written out, not only within a range. */
  readonly #named: ReadonlySet<number>;

  /** Throws RangeError for a port outside 1 to 65535 or a range whose first port is above its last. */
  constructor(ranges: Iterable<PortRange>) {
    const written = [...ranges];
    this.#named = new Set(written.flatMap(({ first, last }) => first === last ? [first] : []));
    const sorted = written.sort((a, b) => a.first - b.first || a.last - b.last);
    const merged: PortRange[] = [];
    for (const { first, last } of sorted) {
      if (!isPort(first) || !isPort(last) || first > last) {
        throw new RangeError(
          `Cannot make a port range of ${first} to ${last}: ports are 1 to 65535, lowest first`,
        );
      }
      const previous = merged.at(-1);
      if (previous !== undefined && first <= previous.last + 1) {
        merged[merged.length - 1] = { first: previous.first, last: Math.max(previous.last, last) };
      } else merged.push({ first, last });
    }
    this.ranges = merged;
  }

  /**
   * Reads `3000`, `3000,8000-8999`: ports and ranges with commas between them, blanks around them allowed.
   * Returns null where a part is not a port or a range, lowest first, or where there is none.
   */
  static parse(text: string): PortSet | null {
    const ranges: PortRange[] = [];
    for (const part of text.split(",")) {
      const ends = part.trim().split("-");
      const first = parsePort(ends[0]!);
      const last = ends.length === 1 ? first : parsePort(ends[1]!);
      if (ends.length > 2 || first === null || last === null || first > last) return null;
      ranges.push({ first, last });
    }
    return new PortSet(ranges);
  }

  /** The ports of both. */
  union(other: PortSet): PortSet {
    const named = [...this.#named, ...other.#named].map((port) => ({ first: port, last: port }));
    return new PortSet([...this.ranges, ...other.ranges, ...named]);
  }

  /** The ports that are in both. */
  intersect(other: PortSet): PortSet {
    return new PortSet(this.ranges.flatMap((a) =>
      other.ranges.flatMap((b) => {
        const first = Math.max(a.first, b.first), last = Math.min(a.last, b.last);
        return first <= last ? [{ first, last }] : [];
      })
    ));
  }

  /** The ports from 1 to 65535 that are not in it. */
  invert(): PortSet {
    const edges = [0, ...this.ranges.flatMap(({ first, last }) => [first, last]), 65_536];
    const gaps: PortRange[] = [];
    for (let i = 0; i < edges.length; i += 2) {
      const first = edges[i]! + 1, last = edges[i + 1]! - 1;
      if (first <= last) gaps.push({ first, last });
    }
    return new PortSet(gaps);
  }

  /** How many ports are in it. */
  get size(): number {
    return this.ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }

  /** Whether the port is in the set. */
  has(port: number): boolean {
    return this.ranges.some(({ first, last }) => first <= port && port <= last);
  }

  /** Whether the port was written out by itself: who names a range may not mean each port in it. */
  names(port: number): boolean {
    return this.#named.has(port);
  }

  /** Whether no port is in the set. */
  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  /** Every port, lowest first. */
  *ports(): Generator<number> {
    for (const { first, last } of this.ranges) for (let port = first; port <= last; port++) yield port;
  }

  /** `3000,8000-8999`; what {@link PortSet.parse} reads, or an empty string for the empty set. */
  toString(): string {
    return this.ranges.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`).join(",");
  }
}
