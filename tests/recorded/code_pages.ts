/** The code pages in which consoles of Windows print, as far as the platform decodes them; 437 and 850 by tables. */

const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";
const CP850 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0";

/** What the platform calls each code page that has characters of two bytes, or other letters. */
const LABELS = { 932: "shift_jis", 936: "gbk", 949: "euc-kr", 950: "big5", 1251: "windows-1251" } as const;

/** A code page of Windows. 65001 is UTF-8. */
export type CodePage = 437 | 850 | 932 | 936 | 949 | 950 | 1251 | 65001;

/** All of them. */
export const CODE_PAGES: readonly CodePage[] = [437, 850, 932, 936, 949, 950, 1251, 65001];

const tables = new Map<CodePage, ReadonlyMap<string, readonly number[]>>();

/** A text in a code page. A character that it lacks becomes `?`, as Windows has it. */
export function encodeIn(text: string, codePage: CodePage): Uint8Array {
  if (codePage === 65001) return new TextEncoder().encode(text);
  const table = tableOf(codePage);
  return new Uint8Array([...text].flatMap((character) => {
    const code = character.codePointAt(0)!;
    return code < 0x80 ? [code] : table.get(character) ?? [0x3f];
  }));
}

function tableOf(codePage: Exclude<CodePage, 65001>): ReadonlyMap<string, readonly number[]> {
  const known = tables.get(codePage);
  if (known !== undefined) return known;
  const table = codePage === 437 || codePage === 850
    ? new Map([...codePage === 437 ? CP437 : CP850].map((character, i) => [character, [0x80 + i]]))
    : decodeAll(LABELS[codePage]);
  tables.set(codePage, table);
  return table;
}

/** The platform only decodes: every byte and every pair of bytes is tried once. */
function decodeAll(label: string): Map<string, readonly number[]> {
  const table = new Map<string, readonly number[]>(), decoder = new TextDecoder(label);
  const add = (bytes: readonly number[]) => {
    const text = decoder.decode(new Uint8Array(bytes));
    if ([...text].length === 1 && text !== "\ufffd" && !table.has(text)) table.set(text, bytes);
  };
  for (let first = 0x80; first <= 0xff; first++) {
    add([first]);
    for (let second = 0x40; second <= 0xfe; second++) add([first, second]);
  }
  return table;
}
