/** The code pages in which a Windows console prints: 936, 932 and 850. */
import type { Language } from "./texts.ts";

/** The letters that the German and Portuguese texts need, by their bytes in code page 850. */
const CODE_PAGE_850: Readonly<Record<string, number>> = {
  "ü": 0x81,
  "é": 0x82,
  "â": 0x83,
  "ä": 0x84,
  "ç": 0x87,
  "ê": 0x88,
  "Ä": 0x8e,
  "ô": 0x93,
  "ö": 0x94,
  "Ö": 0x99,
  "Ü": 0x9a,
  "á": 0xa0,
  "í": 0xa1,
  "ó": 0xa2,
  "ú": 0xa3,
  "ã": 0xc6,
  "ß": 0xe1,
  "õ": 0xe4,
};

const doubleByte = new Map<string, Map<string, readonly number[]>>();

/** A text as Windows prints it in a language. A character that the code page lacks becomes `?`. */
export function encodeConsole(text: string, language: Language): Uint8Array {
  // deno-lint-ignore no-control-regex -- the question is whether it is ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return new TextEncoder().encode(text);
  const table = language === "zh" ? tableOf("gbk") : language === "ja" ? tableOf("shift_jis") : null;
  return new Uint8Array([...text].flatMap((character) => {
    const code = character.charCodeAt(0);
    if (code < 0x80) return [code];
    return table?.get(character) ?? [table === null ? CODE_PAGE_850[character] ?? 0x3f : 0x3f];
  }));
}

/** How many columns a text takes on a console: two for a character of two bytes. */
export function widthOf(text: string): number {
  return [...text].reduce((width, character) => width + (character.charCodeAt(0) >= 0x1100 ? 2 : 1), 0);
}

/** What each two-byte character is written as: the platform only decodes, so ask it what every pair means. */
function tableOf(label: string): ReadonlyMap<string, readonly number[]> {
  const known = doubleByte.get(label);
  if (known !== undefined) return known;
  const table = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(label);
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const character = decoder.decode(new Uint8Array([lead, trail]));
      if ([...character].length === 1 && character !== "\ufffd") table.set(character, [lead, trail]);
    }
  }
  doubleByte.set(label, table);
  return table;
}
