import type { PortRange } from "../../net/port_set.ts";
import { parsePort } from "../../net/port.ts";
import { ProcSyntaxError } from "./proc_syntax_error.ts";

const PATH = "/proc/sys/net/ipv4/ip_local_port_range";

/** The ports that the kernel picks from where a program asks for none (ip(7)). Throws what reading a file throws. */
export function readEphemeralPorts(): PortRange {
  return parseEphemeralPorts(Deno.readTextFileSync(PATH), PATH);
}

/** Reads `32768\t60999\n`. Throws ProcSyntaxError. */
export function parseEphemeralPorts(text: string, path = PATH): PortRange {
  const fields = /^(\d+)\s+(\d+)\n?$/.exec(text);
  const first = parsePort(fields?.[1] ?? "");
  const last = parsePort(fields?.[2] ?? "");
  if (first === null || last === null || first > last) {
    throw new ProcSyntaxError(path, 1, "two ports, the lower one first", text);
  }
  return { first, last };
}
