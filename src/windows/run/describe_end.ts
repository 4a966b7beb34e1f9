import type { CommandResult } from "../../process/command.ts";

/** How much of a command, and of what it said, is shown, in characters. */
const COMMAND_LENGTH = 60, WORDS_LENGTH = 160;

/** A Windows program that ended otherwise than it should have. */
export class EndError extends Error {
  /** The class's name, for logs. */
  override readonly name = "EndError";
  /** `result`: how it ended. The message has Windows' own words in it: hostile text. */
  constructor(readonly result: Pick<CommandResult, "argv" | "exitCode" | "stdout" | "stderr">) {
    super(describeEnd(result));
  }
}

/**
 * How a Windows program ended, in one line: the command in short, its exit status, and the first line of what it said, in the
 * user's language. Hostile text: escape it before it is shown.
 */
export function describeEnd(
  { argv, exitCode, stdout, stderr }: Pick<CommandResult, "argv" | "exitCode" | "stdout" | "stderr">,
): string {
  const words = firstLine(stderr) || firstLine(stdout);
  return `${describeCommand(argv)} ended with ${exitCode}${words === "" ? ", without a word" : `: ${words}`}`;
}

/** `netsh.exe interface portproxy show v4tov4`: without the folder, and not longer than a line has room for. */
function describeCommand([path = "", ...args]: readonly string[]): string {
  const text = [path.slice(path.lastIndexOf("/") + 1), ...args].join(" ");
  return shorten(text, COMMAND_LENGTH);
}

function firstLine(output: Uint8Array): string {
  const line = decodeWords(output).split(/[\r\n]+/).find((each) => each.trim() !== "") ?? "";
  return shorten(line.trim().replace(/\s+/g, " "), WORDS_LENGTH);
}

/** For a person to read: UTF-8 where it is that; of any other code page, which nobody tells, what is ASCII. */
function decodeWords(output: Uint8Array): string {
  const head = output.subarray(0, 4096);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(head);
  } catch {
    return new TextDecoder("latin1").decode(head).replace(/[\x80-\xff]+/g, "?");
  }
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
