import { parseIpv4 } from "../../net/address.ts";
import { parsePort } from "../../net/port.ts";
import type { HostListener } from "../../plan/host_view.ts";
import { splitLines, splitWords } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/**
 * Reads what `netstat.exe -ano -p TCP` prints, in any language: the rows whose foreign address ends in `:0` are the
 * listening ones, and the last word is the process id. The state between may be of two words (`À ESCUTA`) or none. Throws OutputSyntaxError where there is no such row: a
 * Windows on which nothing listens does not exist (RPC, port 135).
 */
export function parseWindowsListeners(output: string): HostListener[] {
  const listeners: HostListener[] = [];
  for (const line of splitLines(output)) {
    const words = splitWords(line);
    if (words.length < 4 || words[0] !== "TCP" || !words[2]!.endsWith(":0") || !/^\d+$/.test(words.at(-1)!)) {
      continue;
    }
    const colon = words[1]!.lastIndexOf(":");
    const address = parseIpv4(words[1]!.slice(0, colon)), port = parsePort(words[1]!.slice(colon + 1));
    if (address !== null && port !== null) {
      listeners.push({ protocol: "tcp", family: 4, address, port, pid: Number(words.at(-1)) });
    }
  }
  if (listeners.length === 0) {
    throw new OutputSyntaxError("netstat -ano -p TCP", 0, "at least one listening port");
  }
  return listeners;
}
