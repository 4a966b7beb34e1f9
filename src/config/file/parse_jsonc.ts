/** A value of a config file, and where it stands. */
export interface JsoncNode {
  /** The line that it begins in, counted from 1. */
  readonly line: number;
  /** The column that it begins in, counted from 1 in UTF-16 units; of a value in an object, that of its key. */
  readonly column: number;
  /** Text, a number, true, false or null; an array of nodes; or an object: nodes by key, in the order written. */
  readonly value: string | number | boolean | null | readonly JsoncNode[] | ReadonlyMap<string, JsoncNode>;
}

/** Text that is not JSON with comments. The message says what was expected, and quotes nothing of the text. */
export class JsoncError extends Error {
  /** The class's name, for logs. */
  override readonly name = "JsoncError";
  /** `line` and `column`: where it went wrong, counted from 1. */
  constructor(readonly line: number, readonly column: number, message: string) {
    super(message);
  }
}

/** Deeper than anything a config file holds, and shallow enough for the stack. */
const MAX_DEPTH = 32;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Reads JSON (RFC 8259) in which line comments, block comments and a comma after the last element are allowed.
 * JSON.parse takes no comments and tells no lines. Throws JsoncError, also for a key that stands twice in one object.
 */
export function parseJsonc(text: string): JsoncNode {
  const reader = new Reader(text);
  const node = reader.readValue(0);
  reader.expectEnd();
  return node;
}

class Reader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  /** Where the line begins. */
  #lineAt = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith("\ufeff")) this.#at = 1;
  }

  readValue(depth: number): JsoncNode {
    this.#skipBlank();
    if (depth > MAX_DEPTH) throw this.#error(`at most ${MAX_DEPTH} levels of brackets`);
    const line = this.#line, column = this.#column;
    const next = this.#text[this.#at];
    if (next === "{") return { line, column, value: this.#readObject(depth) };
    if (next === "[") return { line, column, value: this.#readArray(depth) };
    if (next === '"') return { line, column, value: this.#readString() };
    return { line, column, value: this.#readWord() };
  }

  expectEnd(): void {
    this.#skipBlank();
    if (this.#at < this.#text.length) throw this.#error("nothing after the end of the value");
  }

  #readObject(depth: number): ReadonlyMap<string, JsoncNode> {
    const entries = new Map<string, JsoncNode>();
    this.#at++;
    while (!this.#take("}")) {
      if (this.#text[this.#at] !== '"') throw this.#error('a key in double quotes, or "}"');
      const column = this.#column, key = this.#readString();
      if (entries.has(key)) throw this.#error("each key one time");
      if (!this.#take(":")) throw this.#error('":" after the key');
      entries.set(key, { ...this.readValue(depth + 1), column });
      if (!this.#take(",") && this.#peek() !== "}") throw this.#error('"," or "}" after the value');
    }
    return entries;
  }

  #readArray(depth: number): readonly JsoncNode[] {
    const elements: JsoncNode[] = [];
    this.#at++;
    while (!this.#take("]")) {
      elements.push(this.readValue(depth + 1));
      if (!this.#take(",") && this.#peek() !== "]") throw this.#error('"," or "]" after the value');
    }
    return elements;
  }

  #readString(): string {
    let value = "";
    for (this.#at++;; this.#at++) {
      const character = this.#text[this.#at];
      if (character === '"') break;
      if (character === undefined || character < " ") {
        throw this.#error("a double quote at the end of the text");
      }
      value += character === "\\" ? this.#readEscape() : character;
    }
    this.#at++;
    return value;
  }

  /** Leaves the position at its last character. */
  #readEscape(): string {
    const letter = this.#text[++this.#at] ?? "";
    if (letter === "u") {
      const hex = /^[0-9a-fA-F]{4}$/.exec(this.#text.slice(this.#at + 1, this.#at + 5))?.[0];
      if (hex === undefined) throw this.#error("four hexadecimal digits after \\u");
      this.#at += 4;
      return String.fromCharCode(parseInt(hex, 16));
    }
    const character = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (character === undefined) throw this.#error('one of "\\/bfnrtu after a backslash');
    return character;
  }

  #readWord(): number | boolean | null {
    const expression = /(true|false|null)|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match === null || /[\w.+-]/.test(this.#text[expression.lastIndex] ?? "")) {
      throw this.#error("a value: text in double quotes, a number, true, false, null, [ or {");
    }
    this.#at = expression.lastIndex;
    return JSON.parse(match[0]) as number | boolean | null;
  }

  #take(character: string): boolean {
    const isNext = this.#peek() === character;
    if (isNext) this.#at++;
    return isNext;
  }

  #peek(): string | undefined {
    this.#skipBlank();
    return this.#text[this.#at];
  }

  #skipBlank(): void {
    const expression = /(?:[ \t\r\n]+|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
    expression.lastIndex = this.#at;
    const blank = expression.exec(this.#text)![0];
    this.#at += blank.length;
    for (let index = blank.indexOf("\n"); index >= 0; index = blank.indexOf("\n", index + 1)) {
      this.#line++;
      this.#lineAt = this.#at - blank.length + index + 1;
    }
    if (this.#text.startsWith("/*", this.#at)) throw this.#error("*/ at the end of the comment");
  }

  #error(expected: string): JsoncError {
    return new JsoncError(this.#line, this.#column, `expected ${expected}`);
  }

  get #column(): number {
    return this.#at - this.#lineAt + 1;
  }
}
