import type { Random } from "../random.ts";

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

/** Up to `length` characters of every kind, lone surrogates too. */
export function randomText(random: Random, length: number): string {
  const characters = Array.from({ length: random.int(0, length) }, () => {
    const [first, last] = random.pick(RANGES);
    return String.fromCodePoint(random.int(first, last));
  });
  return characters.join("");
}
