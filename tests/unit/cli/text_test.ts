import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { escapeText, quoteText } from "../../../src/cli/screen/escape_text.ts";
import { cutText, fitText, textWidth, wrapText } from "../../../src/cli/screen/terminal/text_width.ts";
import { Random } from "../random.ts";
import { randomText } from "./random_text.ts";

const ESCAPED: readonly (readonly [text: string, escaped: string])[] = [
  ["node", "node"],
  ["a b\\c", "a b\\c"],
  ["", ""],
  ["\x1b[2J", "\\x1b[2J"],
  ["a\nb\r\tc\0", "a\\nb\\r\\tc\\x00"],
  ["\x7f\x9b31m", "\\x7f\\x9b31m"],
  ["abc\u202edef", "abc\\u{202e}def"],
  ["\u2066\u2069\u200f\u061c", "\\u{2066}\\u{2069}\\u{200f}\\u{61c}"],
  ["a\u200bb\u200dc\ufeff\u2060\u00ad", "a\\u{200b}b\\u{200d}c\\u{feff}\\u{2060}\\xad"],
  ["\u2028\u2029", "\\u{2028}\\u{2029}"],
  ["\ud800x\udc00", "\\u{d800}x\\u{dc00}"],
  ["\u3164\u115f\ufe0f", "\\u{3164}\\u{115f}\\u{fe0f}"],
  ["\ue000\uffff", "\\u{e000}\\u{ffff}"],
  ["服务器 é 🚀", "服务器 é 🚀"],
  ["e\u0301", "e\u0301"],
  ["z\u0300\u0301\u0302\u0303\u0304", "z\u0300\u0301\u0302\\u{303}\\u{304}"],
  ["\u{e0041}", "\\u{e0041}"],
];

for (const [text, escaped] of ESCAPED) {
  Deno.test(`escapeText shows ${asciiOf(text)} as ${asciiOf(escaped)}`, () => {
    equal(escapeText(text), escaped);
  });
}

Deno.test("quoteText quotes, escapes and cuts", () => {
  equal(quoteText("a\x1bb"), `"a\\x1bb"`);
  equal(quoteText("x".repeat(60)), `"${"x".repeat(60)}"`);
  equal(quoteText("x".repeat(61)), `"${"x".repeat(60)}…"`);
  equal(quoteText("🚀".repeat(1000)), `"${"🚀".repeat(60)}…"`);
});

const WIDTHS: readonly (readonly [text: string, columns: number])[] = [
  ["", 0],
  ["node", 4],
  ["é", 1],
  ["e\u0301", 1],
  ["服务器", 6],
  ["ひらカナ", 8],
  ["한국", 4],
  ["\u1100\u1161\u11a8", 2],
  ["ｆｕｌｌ", 8],
  ["ﾊﾝ", 2],
  ["🚀", 2],
  ["☎", 1],
  ["⌚", 2],
  ["🇩🇪", 2],
  ["𠀀", 2],
  ["…", 1],
  ["שלום", 4],
];

for (const [text, columns] of WIDTHS) {
  Deno.test(`textWidth gives ${asciiOf(text)} ${columns} columns`, () => equal(textWidth(text), columns));
}

Deno.test("fitText fills and cuts to the column, wide characters too", () => {
  equal(fitText("ab", 4), "ab  ");
  equal(fitText("ab", 4, "right"), "  ab");
  equal(fitText("abcde", 4), "abc…");
  equal(fitText("服务器", 6), "服务器");
  equal(fitText("服务器", 5), "服务…");
  equal(fitText("服务器", 4), "服… ");
  equal(fitText("服务器", 1), "…");
  equal(fitText("a", 0), "");
});

Deno.test("wrapText breaks at blanks, and cuts words that are too long", () => {
  equal(wrapText("one two three", 7), ["one two", "three"]);
  equal(wrapText("incomprehensible", 6), ["incom…"]);
  equal(wrapText("", 6), [""]);
});

Deno.test("escapeText and fitText hold for whatever a program is called", () => {
  const random = new Random();
  for (let round = 0; round < 20_000; round++) {
    const text = randomText(random, 24), columns = random.int(0, 30);
    const said = `seed ${random.seed}, round ${round}: ${JSON.stringify(text)}`;
    const escaped = escapeText(text);
    ok(!/[\p{C}\p{Zl}\p{Zp}\p{DI}]/u.test(escaped), said);
    ok(escaped.isWellFormed(), said);
    equal(escapeText(escaped), escaped, said);
    equal(textWidth(fitText(escaped, columns)), columns, said);
    ok(textWidth(cutText(escaped, columns)) <= columns, said);
    ok(wrapText(escaped, columns + 1).every((line) => textWidth(line) <= columns + 1), said);
  }
});

/** The text as a JavaScript literal of plain characters: a test's name must not act on the terminal it is shown on. */
function asciiOf(text: string): string {
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(/[^ -~]/g, escape);
}
