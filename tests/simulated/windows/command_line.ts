/** How Windows programs read their command lines. Written from Microsoft's page on CommandLineToArgvW, not from our own quoting. */

/** Splits a command line as CommandLineToArgvW does: the first word by a rule of its own. */
export function toArgv(commandLine: string): string[] {
  const argv: string[] = [];
  let position = 0;
  // The program: up to the next quote, or up to the next blank; backslashes mean nothing.
  if (commandLine[0] === '"') {
    const end = commandLine.indexOf('"', 1);
    position = end < 0 ? commandLine.length : end + 1;
    argv.push(commandLine.slice(1, end < 0 ? undefined : end));
  } else {
    while (position < commandLine.length && !isBlank(commandLine[position]!)) position++;
    argv.push(commandLine.slice(0, position));
  }
  while (true) {
    while (position < commandLine.length && isBlank(commandLine[position]!)) position++;
    if (position >= commandLine.length) return argv;
    let word = "", isQuoted = false;
    for (; position < commandLine.length && (isQuoted || !isBlank(commandLine[position]!)); position++) {
      const character = commandLine[position]!;
      if (character === "\\") {
        let count = 0;
        while (commandLine[position + count] === "\\") count++;
        const isBeforeQuote = commandLine[position + count] === '"';
        word += "\\".repeat(isBeforeQuote ? count >> 1 : count);
        position += count - 1;
        if (isBeforeQuote && count % 2 === 1) {
          word += '"';
          position++;
        }
      } else if (character === '"') {
        // In quotes, two of them are one.
        if (isQuoted && commandLine[position + 1] === '"') {
          word += '"';
          position++;
        } else isQuoted = !isQuoted;
      } else word += character;
    }
    argv.push(word);
  }
}

/** What wsl.exe makes of its own command line: options up to `-e`, each a word up to the next blank; the rest is an argv. */
export function readWslArguments(
  commandLine: string,
): { distro: string; user: string; argv: string[] } | null {
  const match = /^-d (\S+) -u (\S+) -e (.*)$/s.exec(commandLine);
  return match === null ? null : { distro: match[1]!, user: match[2]!, argv: toArgv(match[3]!) };
}

/** The text of a PowerShell literal in single quotes at the beginning of `source`, and what follows it; null: there is none. */
export function readLiteral(source: string): { text: string; rest: string } | null {
  const isQuote = (character: string | undefined) =>
    character !== undefined && /['\u2018-\u201b]/.test(character);
  if (!isQuote(source[0])) return null;
  let text = "";
  for (let i = 1; i < source.length; i++) {
    if (!isQuote(source[i])) text += source[i];
    else if (isQuote(source[i + 1])) text += source[i++];
    else return { text, rest: source.slice(i + 1) };
  }
  return null;
}

function isBlank(character: string): boolean {
  return character === " " || character === "\t";
}
