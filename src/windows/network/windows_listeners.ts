import { parseIp } from "../../net/address.ts";
import { endpointAt } from "../../net/endpoint.ts";
import { parsePort } from "../../net/port.ts";
import type { HostListener } from "../../plan/desired/host_view.ts";
import { splitLines, splitWords } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** What to ask of netstat.exe: every socket, by number, with its process. One question for TCP and UDP of both families. */
export const SHOW_LISTENERS: readonly string[] = ["-ano"];

/**
 * Reads what netstat.exe prints for {@link SHOW_LISTENERS}, in any language: of TCP, the rows whose foreign address ends in
 * `:0` are the listening ones; of UDP, every row whose foreign address is `*:*`. The last word is the process id; a state
 * between may be of two words (`À ESCUTA`) or none. Throws OutputSyntaxError where no TCP port listens: a Windows on which
 * nothing listens does not exist (RPC, port 135).
 */
export function parseWindowsListeners(output: string): HostListener[] {
  const listeners: HostListener[] = [];
  for (const line of splitLines(output)) {
    const [protocol, local, foreign, ...rest] = splitWords(line), pid = rest.at(-1);
    const isTcp = protocol === "TCP" && foreign?.endsWith(":0") === true;
    const isUdp = protocol === "UDP" && foreign === "*:*";
    if (!(isTcp || isUdp) || local === undefined || pid === undefined || !/^\d+$/.test(pid)) continue;
    const [, host = "", digits = ""] = /^(.*):(\d+)$/.exec(local) ?? [];
    const address = parseIp(host.replace(/^\[(.*?)(?:%\d+)?\]$/, "$1").toLowerCase()),
      port = parsePort(digits);
    if (address === null || port === null) continue;
    listeners.push({ ...endpointAt(isTcp ? "tcp" : "udp", address, port), pid: Number(pid) });
  }
  if (!listeners.some(({ protocol }) => protocol === "tcp")) {
    throw new OutputSyntaxError("netstat -ano", 0, "at least one listening port");
  }
  return listeners;
}
