/** What forms of wslfwd there are, how large they are and how soon they start, by what docs/bench.md has measured. */

import { renderMarkdownTable } from "../src/cli/docs/docs.ts";

/** A row of the benchmark's table of starts: `--help`, start → netsh and first start → netsh, each `p50 / longest`. */
const ROW =
  /^\| (from source|dist\/wslfwd, (\d+) MB) +\| (\d+) \/ \d+ +\| (\d+) \/ \d+ +\| (?:(\d+) \/ \d+|–) +\|$/gm;

/** The figures of one. */
interface Starts {
  readonly sizeMb: string | null;
  readonly help: string;
  readonly toNetsh: string;
  /** Null for what does not unpack itself. */
  readonly firstMs: string | null;
}

/** The README's table. `bench`: the text of docs/bench.md. Throws where it has no such figures. */
export function renderForms(bench: string): string {
  const rows = [...bench.matchAll(ROW)].map(([, , size, help, toNetsh, first]): Starts => ({
    sizeMb: size ?? null,
    help: help!,
    toNetsh: toNetsh!,
    firstMs: first ?? null,
  }));
  const source = rows.find(({ sizeMb }) => sizeMb === null),
    built = rows.find(({ sizeMb }) => sizeMb !== null);
  if (source === undefined || built === undefined) throw new Error("Cannot find the starts in docs/bench.md");
  const isSelfExtracting = built.firstMs !== null;
  const times = ({ help, toNetsh, firstMs }: Starts) =>
    [help, toNetsh, firstMs ?? toNetsh].map((ms) => `${ms} ms`);
  const figures = (isThis: boolean) =>
    isThis ? [`${built.sizeMb} MB`, ...times(built)] : ["not measured", "–", "–", "–"];
  return renderMarkdownTable(["form", "size", "`--help`", "start → netsh", "first start → netsh"], [
    ["self-extracting: Deno and the program in one file, unpacked once", ...figures(isSelfExtracting)],
    ["compiled by `deno compile`, its runtime stripped", ...figures(!isSelfExtracting)],
    ["from source, by an installed Deno", "–", ...times(source)],
  ]);
}
