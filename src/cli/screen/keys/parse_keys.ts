/** A key that is not a character. */
export type NamedKey =
  | "up"
  | "down"
  | "pageup"
  | "pagedown"
  | "home"
  | "end"
  | "enter"
  | "escape"
  | "backspace";

/** A key: a character, or one with a name. */
export type Key = { readonly text: string } | { readonly name: NamedKey };

/** What terminals send for keys (xterm's ctlseqs: cursor keys in both modes, and the editing keypad). */
const SEQUENCES: Readonly<Record<string, NamedKey>> = {
  "[A": "up",
  "OA": "up",
  "[B": "down",
  "OB": "down",
  "[5~": "pageup",
  "[6~": "pagedown",
  "[H": "home",
  "OH": "home",
  "[1~": "home",
  "[F": "end",
  "OF": "end",
  "[4~": "end",
};

const CONTROLS: Readonly<Record<string, NamedKey>> = {
  "\r": "enter",
  "\n": "enter",
  "\x1b": "escape",
  "\x7f": "backspace",
  "\b": "backspace",
};

/** An escape sequence (ECMA-48: CSI, or one letter after SS3), one character, or nothing that we know. */
// deno-lint-ignore no-control-regex -- that is what keys send
const TOKEN = /\x1b(\[[\d;]*[@-~]|O[A-Z])|[\s\S]/gu;

/** The keys of what a terminal sent at once. What is no key of ours is left out. */
export function parseKeys(sent: string): Key[] {
  return [...sent.matchAll(TOKEN)].flatMap(([token, sequence]): Key[] => {
    const name = sequence === undefined ? CONTROLS[token] : SEQUENCES[sequence];
    if (name !== undefined) return [{ name }];
    // deno-lint-ignore no-control-regex -- a control is no text
    return sequence !== undefined || /^[\x00-\x1f\x7f-\x9f]/.test(token) ? [] : [{ text: token }];
  });
}
