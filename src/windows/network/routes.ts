import { parseIpv4 } from "../../net/address.ts";
import { splitLines, splitWords } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** What to ask of route.exe. */
export const PRINT_ROUTES: readonly string[] = ["print", "-4"];

/** A way that packets of Windows take. */
export interface Route {
  /** The network: canonical IPv4, `0.0.0.0` for every other. */
  readonly network: string;
  /** Its mask, as an IPv4 address. */
  readonly mask: string;
  /** The machine that passes packets on; null where the network is directly connected. */
  readonly gateway: string | null;
  /** The address of Windows on the interface that is taken. */
  readonly address: string;
  /** Of several ways, that of the lowest counts. */
  readonly metric: number;
}

/**
 * Reads what route.exe prints for {@link PRINT_ROUTES}, in any language: rows of network, mask, gateway (or some words, where
 * there is none), address and metric. Persistent routes, which stand below, have only four words that are no address of
 * ours. Throws OutputSyntaxError where there is no route at all: loopback always has some.
 */
export function parseRoutes(output: string): Route[] {
  const routes = splitLines(output).flatMap((line) => {
    const route = readRoute(splitWords(line));
    return route === null ? [] : [route];
  });
  if (routes.length === 0) throw new OutputSyntaxError("route print -4", 0, "at least one route");
  return routes;
}

function readRoute(words: readonly string[]): Route | null {
  if (words.length < 5) return null;
  const network = parseIpv4(words[0]!), mask = parseIpv4(words[1]!);
  const address = parseIpv4(words.at(-2)!), metric = words.at(-1)!;
  if (network === null || mask === null || address === null || !/^\d{1,9}$/.test(metric)) return null;
  const gateway = words.length === 5 ? parseIpv4(words[2]!) : null;
  return { network, mask, gateway, address, metric: Number(metric) };
}
