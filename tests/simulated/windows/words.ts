/** netsh's command lines: words, and tags with values. */

/** Something that this Windows does not know, or does not take. Counted; what the caller sees is the text. */
export class Refusal extends Error {
  /** The class's name, for logs. */
  override readonly name = "Refusal";
}

/** Splits a line of a script at blanks; quotes hold blanks together and go away. Throws Refusal for an open quote. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/(?:"[^"]*"|[^"\s])+|"/g)) {
    if (match[0] === '"') throw new Refusal(`open quote in ${JSON.stringify(line)}`);
    words.push(match[0].replaceAll('"', ""));
  }
  return words;
}

/**
 * Reads `tag=value` words by unique prefixes of the tags, and words without `=` by position, as netsh's portproxy
 * commands do. Throws Refusal for an unknown, ambiguous or doubled tag, a word too many, or one after a tag.
 */
export function readTags(words: readonly string[], tags: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  let hasTag = false;
  for (const [index, word] of words.entries()) {
    const split = word.indexOf("=");
    let tag: string | undefined;
    if (split >= 0) {
      hasTag = true;
      const prefix = word.slice(0, split).toLowerCase();
      const matching = tags.filter((candidate) => candidate.startsWith(prefix));
      tag = matching.length === 1 ? matching[0] : undefined;
    } else if (!hasTag) tag = tags[index];
    if (tag === undefined || values.has(tag)) {
      throw new Refusal(`word ${JSON.stringify(word)} of ${words.join(" ")}`);
    }
    values.set(tag, word.slice(split + 1));
  }
  return values;
}

/** Reads `tag=value` words with whole tags only, as netsh's firewall commands do. Throws Refusal as readTags. */
export function readWholeTags(words: readonly string[], tags: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const word of words) {
    const split = word.indexOf("=");
    const tag = word.slice(0, Math.max(split, 0)).toLowerCase();
    if (!tags.includes(tag) || values.has(tag) || split === word.length - 1) {
      throw new Refusal(`word ${JSON.stringify(word)} of ${words.join(" ")}`);
    }
    values.set(tag, word.slice(split + 1));
  }
  return values;
}
