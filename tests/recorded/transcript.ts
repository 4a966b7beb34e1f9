/** What a Windows program printed on somebody's machine, with its origin. */
export interface Transcript {
  /** The file's name without `.txt`. */
  readonly name: string;
  /** Program, language and where it was found. */
  readonly origin: string;
  /** Its lines, as they were copied: without line ends, and often without the empty lines around them. */
  readonly lines: readonly string[];
}

/** Every transcript whose name begins so, in the order of their names. */
export function readTranscripts(prefix: string): Transcript[] {
  const names = [...Deno.readDirSync(import.meta.dirname!)].map(({ name }) => name);
  return names.filter((name) => name.startsWith(prefix) && name.endsWith(".txt")).sort().map(readTranscript);
}

/** The transcript in a file of this name. */
export function readTranscript(file: string): Transcript {
  const path = `${import.meta.dirname}/${file.endsWith(".txt") ? file : `${file}.txt`}`;
  const [origin, ...lines] = Deno.readTextFileSync(path).trimEnd().split("\n");
  if (!origin!.startsWith("# ")) throw new Error(`${file} does not begin with its origin`);
  return { name: file.replace(/\.txt$/, ""), origin: origin!.slice(2), lines };
}

/** As the program printed it: with its line ends, and with the empty lines around it that get lost where a text is copied. */
export function printed(lines: readonly string[]): string {
  const text = lines.join("\r\n");
  return `${text.startsWith("\r\n") ? "" : "\r\n"}${text.trimEnd()}\r\n\r\n`;
}
