/** What stands around the figures in the README. */
const BEGIN = "<!-- bench -->", END = "<!-- /bench -->";

/** The README with `block` between its marks; as it was where it has none. */
export function replaceBenchBlock(readme: string, block: string): string {
  const begin = readme.indexOf(BEGIN), end = readme.indexOf(END, begin);
  if (begin < 0 || end < 0) return readme;
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${block}\n\n${readme.slice(end)}`;
}
