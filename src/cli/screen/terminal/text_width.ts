/**
 * How many columns a terminal gives to text. Code points that Unicode's EastAsianWidth.txt (16.0) calls W or F, as
 * first and last of each run; unassigned gaps between them count too. Emoji are asked of the engine, below.
 */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f], // Hangul jamo, leading
  [0x2329, 0x232a],
  [0x2630, 0x2637],
  [0x268a, 0x268f],
  [0x2e80, 0x303e], // CJK radicals, ideographic description, CJK punctuation
  [0x3041, 0xa4cf], // kana, CJK, Yi
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3], // Hangul syllables
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60], // full-width forms
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff], // Tangut, Khitan
  [0x1aff0, 0x1b2ff], // kana supplements, Nushu
  [0x1d300, 0x1d376],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd], // CJK extensions
];

/** Vowels and finals of Hangul jamo take the place of the leading one before them. */
const JOINED_JAMO: readonly (readonly [first: number, last: number])[] = [[0x1160, 0x11ff], [0xd7b0, 0xd7ff]];

const PLAIN = /^[\x20-\x7e]*$/;
const NO_WIDTH = /[\p{Mn}\p{Me}]/u;
const EMOJI = /\p{Emoji_Presentation}/u;
// One alone takes a column, two of them together make a flag of two columns.
const REGIONAL_INDICATOR = /\p{Regional_Indicator}/u;

/** Columns of a text that {@link escapeText} has been through. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += characterWidth(character);
  return columns;
}

/**
 * The text in exactly that many columns: blanks after it, or cut with `…` at its end. Nothing for less than one
 * column. `side` is where the text goes.
 */
export function fitText(text: string, columns: number, side: "left" | "right" = "left"): string {
  const fitted = cutText(text, columns);
  const blanks = " ".repeat(Math.max(0, columns - textWidth(fitted)));
  return side === "left" ? fitted + blanks : blanks + fitted;
}

/** The text in at most that many columns, `…` standing for what was cut. */
export function cutText(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (textWidth(text) <= columns) return text;
  let kept = "";
  let width = 1;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The text in at most that many columns, `…` standing for what was cut at its start: of a path the end says most. */
export function cutStart(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (textWidth(text) <= columns) return text;
  const characters = [...text];
  let width = 1, first = characters.length;
  while (first > 0 && width + characterWidth(characters[first - 1]!) <= columns) {
    width += characterWidth(characters[--first]!);
  }
  return `…${characters.slice(first).join("")}`;
}

/** The text in lines of at most that many columns, broken at blanks where there are any; at least one line. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer) > columns) {
      lines.push(cutText(line, columns));
      line = word;
    } else line = longer;
  }
  return [...lines, cutText(line, columns)];
}

function characterWidth(character: string): 0 | 1 | 2 {
  const codePoint = character.codePointAt(0)!;
  if (codePoint < 0x300) return 1;
  if (NO_WIDTH.test(character) || isIn(JOINED_JAMO, codePoint)) return 0;
  if (isIn(WIDE, codePoint)) return 2;
  return EMOJI.test(character) && !REGIONAL_INDICATOR.test(character) ? 2 : 1;
}

function isIn(ranges: readonly (readonly [first: number, last: number])[], codePoint: number): boolean {
  return ranges.some(([first, last]) => first <= codePoint && codePoint <= last);
}
