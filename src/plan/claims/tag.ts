import { formatEndpoint, parseIp } from "../../net/address.ts";
import { type Endpoint, endpointAt, type Protocol } from "../../net/endpoint.ts";
import { parsePort } from "../../net/port.ts";
import type { Rule } from "../rules/rule.ts";

/** What a tag says. */
export interface Tag {
  /** Eight hexadecimal digits that stand for the Windows user. */
  readonly owner: string;
  /** What is let in, at least one rule; all have one protocol and one port. */
  readonly rules: readonly Rule[];
}

/** Stands where a target would, in a tag of version 2. */
const DIRECT = "direct";

/**
 * `wslfwd/2;<owner>;<protocol>` and `;<listen>:<port>;<target>:<port>` for each rule, `direct` in place of a target that needs
 * nothing but the firewall; IPv6 addresses in brackets. It is ASCII without blanks and quotes.
 */
export function formatTag({ owner, rules }: Tag): string {
  const parts = rules.flatMap(({ listen, target }) => [
    formatEndpoint(listen.address, listen.port),
    target.kind === "direct" ? DIRECT : formatEndpoint(target.to.address, target.to.port),
  ]);
  return ["wslfwd/2", owner, rules[0]!.listen.protocol, ...parts].join(";");
}

/**
 * Reads what {@link formatTag} writes, and the tags of version 1 (wslfwd 0.1.0):
 * `wslfwd/1;<owner>;<listen>:<port>;<connect>:<port>`, of TCP over IPv4, with 0.0.0.0 as the connect address of a direct rule.
 * Returns null for anything else, also for a later version.
 */
export function parseTag(text: string): Tag | null {
  const [version, owner, ...rest] = text.split(";");
  if (owner === undefined || !/^[0-9a-f]{8}$/.test(owner)) return null;
  const rules = version === "wslfwd/1"
    ? parseVersion1(rest)
    : version === "wslfwd/2"
    ? parseVersion2(rest)
    : null;
  return rules === null ? null : { owner, rules };
}

function parseVersion1(parts: readonly string[]): Rule[] | null {
  if (parts.length !== 2) return null;
  const [listen, to] = parts.map((part) => parseEndpoint("tcp", part));
  if (listen?.family !== 4 || to?.family !== 4) return null;
  return [{ listen, target: to.address === "0.0.0.0" ? { kind: "direct" } : { kind: "proxy", to } }];
}

function parseVersion2([protocol, ...parts]: readonly string[]): Rule[] | null {
  if (protocol !== "tcp" && protocol !== "udp") return null;
  if (parts.length === 0 || parts.length % 2 !== 0) return null;
  const rules: Rule[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const listen = parseEndpoint(protocol, parts[i]!), target = parts[i + 1]!;
    const to = target === DIRECT ? null : parseEndpoint(protocol, target);
    if (listen === null || (to === null && target !== DIRECT)) return null;
    rules.push({ listen, target: to === null ? { kind: "direct" } : { kind: "proxy", to } });
  }
  return rules.every(({ listen }) => listen.port === rules[0]!.listen.port) ? rules : null;
}

/** Reads `0.0.0.0:3000` and `[fd00::1]:3000`, canonical addresses only. */
function parseEndpoint(protocol: Protocol, text: string): Endpoint | null {
  const [, v6, v4, digits] = /^(?:\[([\da-f:.]+)\]|([\d.]+)):(\d+)$/.exec(text) ?? [];
  if (digits === undefined) return null;
  const address = parseIp(v6 ?? v4!), port = parsePort(digits);
  if (address === null || port === null || address.includes(":") !== (v6 !== undefined)) return null;
  return endpointAt(protocol, address, port);
}
