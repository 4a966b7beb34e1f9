/** Random text for fuzz tests: the seed stands in each failure, and makes the same texts again. */
export class RandomText {
  /** What to give the constructor to get the same texts. */
  readonly seed: number;
  #state: number;

  /** Without a seed, a new one. */
  constructor(seed: number = crypto.getRandomValues(new Uint32Array(1))[0]!) {
    this.seed = seed;
    this.#state = seed;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    // The high bits: the low ones of this generator repeat soon.
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor(this.#state / 0x1_0000_0000 * limit);
  }

  /** Up to `length` UTF-16 code units of every kind, lone surrogates too. */
  text(length: number): string {
    const units = Array.from({ length: this.below(length + 1) }, () => this.#unit());
    return units.join("");
  }

  #unit(): string {
    const [first, last] = RANGES[this.below(RANGES.length)]!;
    return String.fromCodePoint(first + this.below(last - first + 1));
  }
}

/** Plain, controls, C1, marks, Hebrew and Arabic, Hangul, format characters, CJK, surrogates, emoji, tags. */
const RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x20, 0x7e],
  [0, 0x1f],
  [0x7f, 0xa0],
  [0x300, 0x36f],
  [0x590, 0x6ff],
  [0x1100, 0x11ff],
  [0x2000, 0x206f],
  [0x4e00, 0x9fff],
  [0xd800, 0xdfff],
  [0xfe00, 0xffff],
  [0x1f000, 0x1faff],
  [0xe0000, 0xe01ff],
];
