import { failed, type Finding, note, ok } from "../finding.ts";
import type { PortFacts } from "./port_facts.ts";

/** Loss that no relay can help (microsoft/WSL#6082, #7197): what fits into one frame of 1,500 bytes. */
const LARGEST = "WSL itself loses datagrams above 1,472 bytes now and then";

/** What the running wslfwd says of the port by UDP; null where nothing waits there by UDP that it knows of. */
export function checkUdp({ port, sockets, opinion }: PortFacts): Finding | null {
  const udp = opinion?.udp ?? null;
  if (opinion === null || udp === null) return null;
  const isAll = sockets.length === 0, who = `wslfwd (pid ${opinion.pid})`;
  if (udp.isForwarding) {
    const text = `by UDP, ${who} forwards port ${port}; ${LARGEST}`;
    return isAll ? ok("udp", text) : note("udp", text);
  }
  const detail = udp.detail === "" ? "" : `, ${udp.detail}`;
  const text = `by UDP, ${who} does not forward port ${port} (${udp.reason}${detail})`;
  return isAll ? failed("udp", text, "wslfwd status") : note("udp", text, "wslfwd status");
}
