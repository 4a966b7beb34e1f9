/** A section of the document: of one suite of Debian on one architecture, whatever version its kernel has. */
const SECTION = /\n## [^\n]+\n\nDebian (\S+, \S+),[^]*?(?=\n## |$)/g;

/**
 * The document with new sections in the place of those of the same suite and architecture; those that are not among them stay as an
 * earlier run left them. `sections`: each begins with a newline and its title.
 */
export function mergeSections(document: string, header: string, sections: readonly string[]): string {
  const all = new Map([...readSections(document), ...readSections(sections.join(""))]);
  return `${header}${[...all.values()].map((section) => `${section.trimEnd()}\n`).join("")}`;
}

function readSections(text: string): [key: string, section: string][] {
  return [...text.matchAll(SECTION)].map((match) => [match[1]!, match[0]]);
}
