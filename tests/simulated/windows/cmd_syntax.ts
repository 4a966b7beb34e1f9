/** How cmd.exe reads the line behind /c: as much of its grammar as is used, and nothing else (assumed from Microsoft's `cmd /?`). */
import { Refusal } from "./words.ts";

/** A command, or several. */
export type CmdNode =
  | { readonly kind: "command"; readonly words: readonly string[]; readonly output: string | null }
  /** `&`: the second whatever became of the first. `||`: only where the first failed. */
  | { readonly kind: "&" | "||"; readonly first: CmdNode; readonly second: CmdNode };

type Token = { readonly kind: "word" | "&" | "||" | ">" | "(" | ")"; readonly text: string };

/** Reads a line. Throws Refusal for what is not known here. */
export function parseCmdLine(line: string): CmdNode {
  const tokens = tokenize(line);
  let position = 0;
  const peek = () => tokens[position]?.kind;
  const take = (kind: Token["kind"]): Token => {
    const token = tokens[position++];
    if (token?.kind !== kind) throw new Refusal(`cmd.exe: ${kind} expected in ${line}`);
    return token;
  };
  // `&` binds least.
  const readAll = (): CmdNode => {
    let node = readAlternatives();
    while (peek() === "&") {
      take("&");
      node = { kind: "&", first: node, second: readAlternatives() };
    }
    return node;
  };
  const readAlternatives = (): CmdNode => {
    let node = readOne();
    while (peek() === "||") {
      take("||");
      node = { kind: "||", first: node, second: readOne() };
    }
    return node;
  };
  const readOne = (): CmdNode => {
    if (peek() === "(") {
      take("(");
      const node = readAll();
      take(")");
      return node;
    }
    const words = [take("word").text];
    let output: string | null = null;
    for (let kind = peek(); kind === "word" || kind === ">"; kind = peek()) {
      if (kind === "word") words.push(take("word").text);
      else {
        take(">");
        output = take("word").text;
      }
    }
    return { kind: "command", words, output };
  };
  const node = readAll();
  if (position < tokens.length) throw new Refusal(`cmd.exe: ${line}`);
  return node;
}

/** A `^` takes the meaning from what follows it. */
function tokenize(line: string): Token[] {
  const tokens: Token[] = [];
  let word = "", depth = 0;
  const endWord = () => {
    if (word !== "") tokens.push({ kind: "word", text: word });
    word = "";
  };
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    if (/["%!<]/.test(character)) throw new Refusal(`cmd.exe: ${character} in ${line}`);
    if (character === "^") word += line[++i] ?? "";
    else if (character === " ") endWord();
    else if (character === "&" || character === "|") {
      endWord();
      const isDouble = line[i + 1] === character;
      if (isDouble !== (character === "|")) throw new Refusal(`cmd.exe: ${line}`);
      tokens.push({ kind: isDouble ? "||" : "&", text: character });
      if (isDouble) i++;
    } else if (character === ">") {
      // A digit right before it would name a handle.
      if (/^\d$/.test(word)) throw new Refusal(`cmd.exe: a handle in ${line}`);
      endWord();
      tokens.push({ kind: ">", text: ">" });
    } else if (character === "(" && word === "" && isAtStart(tokens)) {
      depth++;
      tokens.push({ kind: "(", text: "(" });
    } else if (character === ")" && depth > 0) {
      endWord();
      depth--;
      tokens.push({ kind: ")", text: ")" });
    } else word += character;
  }
  endWord();
  return tokens;
}

function isAtStart(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1)?.kind;
  return last === undefined || last === "&" || last === "||" || last === "(";
}
