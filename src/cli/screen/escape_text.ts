/**
 * What may not reach a terminal or a log line as it is: controls, format characters (bidi overrides, zero widths,
 * tags), lone surrogates, private and unassigned code points (`\p{C}`), line and paragraph separators, and what
 * renders as nothing (`\p{DI}`: fillers, variation selectors). The classes are Unicode's, so that no list of ours
 * ages.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\p{DI}]/u;

const PLAIN = /^[\x20-\x7e]*$/;

/** Marks in a row that are shown; more of them would climb over the lines above. */
const MAX_MARKS = 3;

const MARK = /\p{M}/u;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Makes text of anybody's making fit to be shown inside one line: what is not printable becomes `\n`, `\x1b` or
 * `\u{202e}`. Gives the same text for text that is plain. A backslash stays as it is.
 */
export function escapeText(text: string): string {
  if (PLAIN.test(text)) return text;
  let escaped = "";
  let marks = 0;
  for (const character of text) {
    marks = MARK.test(character) ? marks + 1 : 0;
    escaped += marks > MAX_MARKS || UNPRINTABLE.test(character) ? escapeCharacter(character) : character;
  }
  return escaped;
}

/** {@link escapeText} in double quotes, at most 60 characters of it: for messages that say what was found. */
export function quoteText(text: string): string {
  const characters = [...text.slice(0, 200)];
  const isLong = characters.length > 60 || text.length > 200;
  return `"${escapeText(characters.slice(0, 60).join(""))}${isLong ? "…" : ""}"`;
}

function escapeCharacter(character: string): string {
  const codePoint = character.codePointAt(0)!;
  if (codePoint <= 0xff) {
    return SHORT_ESCAPES[character] ?? `\\x${codePoint.toString(16).padStart(2, "0")}`;
  }
  return `\\u{${codePoint.toString(16)}}`;
}
