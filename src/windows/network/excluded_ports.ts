import type { Family } from "../../net/address.ts";
import type { Protocol } from "../../net/endpoint.ts";
import { parsePort } from "../../net/port.ts";
import { type PortRange, PortSet } from "../../net/port_set.ts";
import { splitLines, splitWords } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/**
 * What to ask of netsh: the ports that Windows lets nobody listen on (Hyper-V and WinNAT reserve blocks of them), of one family;
 * UDP has its own.
 * That of IPv6 is told in the same way (assumed).
 */
export function showExcludedPorts(family: Family, protocol: Protocol = "tcp"): readonly string[] {
  return ["interface", `ipv${family}`, "show", "excludedportrange", `protocol=${protocol}`];
}

/**
 * Reads what netsh prints for {@link showExcludedPorts}, in any language: below a line of dashes, rows of two ports, a
 * `*` behind those that an administrator reserved. Throws OutputSyntaxError where there is no line of dashes.
 */
export function parseExcludedPorts(output: string): PortSet {
  const lines = splitLines(output);
  const ruler = lines.findIndex((line) => /^\s*-+\s+-+\s*$/.test(line));
  if (ruler < 0) throw new OutputSyntaxError("netsh excludedportrange", 0, "a table of port ranges");
  const ranges: PortRange[] = [];
  for (const line of lines.slice(ruler + 1)) {
    const [firstWord, lastWord, mark, ...rest] = splitWords(line);
    if (lastWord === undefined || rest.length > 0 || (mark !== undefined && mark !== "*")) continue;
    const first = parsePort(firstWord!), last = parsePort(lastWord);
    if (first !== null && last !== null && first <= last) ranges.push({ first, last });
  }
  return new PortSet(ranges);
}
