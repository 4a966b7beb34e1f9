import { parseIpv4 } from "../../net/address.ts";
import { splitLines, splitWords } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** What to ask of route.exe. */
export const PRINT_ROUTES: readonly string[] = ["print", "-4"];

/**
 * Reads the address of Windows that others in the network type out of what route.exe prints for {@link PRINT_ROUTES}, in any
 * language: that of the default route with the lowest metric. Null where Windows has no default route. Throws
 * OutputSyntaxError where there is no route at all: loopback always has some.
 */
export function parseLanAddress(output: string): string | null {
  const rows = splitLines(output).map(splitWords).filter((words) => parseIpv4(words[0] ?? "") !== null);
  if (rows.length === 0) throw new OutputSyntaxError("route print -4", 0, "at least one route");
  let best: { address: string; metric: number } | null = null;
  for (const words of rows) {
    // Network, mask, gateway (words of a language where there is none), address, metric. Of persistent routes, which
    // stand below, only four are printed: no address.
    if (words.length < 5 || words[0] !== "0.0.0.0" || words[1] !== "0.0.0.0") continue;
    const address = parseIpv4(words.at(-2)!), metric = Number(words.at(-1));
    if (address === null || !Number.isInteger(metric)) continue;
    if (best === null || metric < best.metric) best = { address, metric };
  }
  return best?.address ?? null;
}
