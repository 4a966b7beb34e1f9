/**
 * Decodes what a Windows console program printed, byte for byte: each byte becomes one character. The code page is
 * not known (it depends on the user's language), and only ASCII is ever looked at. In the double-byte code pages of
 * Windows (932, 936, 949, 950) no byte of a two-byte character is a digit, a blank, a colon or a line end.
 */
export function decodeOutput(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** The lines of an output, without their line ends. The last one is empty where the output ends with one. */
export function splitLines(text: string): string[] {
  return text.split(/\r?\n|\r/);
}

/** The words of a line: what stands between blanks. */
export function splitWords(line: string): string[] {
  return line.split(/[ \t]+/).filter((word) => word !== "");
}
