import type { Listener } from "../../../src/net/listener.ts";
import { endpointAt } from "../../../src/net/endpoint.ts";
import { parsePort } from "../../../src/net/port.ts";
import { PortSet } from "../../../src/net/port_set.ts";
import type { Ability } from "../../../src/plan/rules/ability.ts";
import { type Claim, claimOn, entriesOf, type HeldClaim } from "../../../src/plan/claims/claim.ts";
import { type Entry, type Place, ruleOf } from "../../../src/plan/rules/entry.ts";
import type { SeenListener } from "../../../src/plan/desired/forward.ts";
import { type HostListener, type HostView, NO_PORTS } from "../../../src/plan/desired/host_view.ts";
import type { FirewallScope } from "../../../src/plan/claims/opening.ts";
import { DEFAULT_POLICY, type Policy } from "../../../src/plan/desired/policy.ts";
import { formatRule, type Rule } from "../../../src/plan/rules/rule.ts";

/** The guest's address in these tests. */
export const GUEST = "172.23.21.232";

/** Us. */
export const OWNER = "0badcafe";

/** Another user of the same Windows. */
export const STRANGER = "deadbeef";

/** What the firewall lets in by default. */
export const SCOPE: FirewallScope = DEFAULT_POLICY.scope;

/** Windows as it is where nothing stands in the way. */
export const FREE_HOST: HostView = {
  abilities: [{
    name: "all",
    targets: ["proxy", "direct"],
    protocols: ["tcp"],
    families: [4, 6],
  }] as Ability[],
  foreign: [],
  unread: [],
  taken: [],
  excluded: NO_PORTS,
};

/** The ports of a text that is right. */
export function ports(text: string): PortSet {
  const set = text === "" ? PortSet.EMPTY : PortSet.parse(text);
  if (set === null) throw new TypeError(`${text} is no port set`);
  return set;
}

/** The default policy where Windows has no IPv6, which most of these tests are about. */
export const IPV4_POLICY: Policy = { ...DEFAULT_POLICY, listenAddresses: ["0.0.0.0"] };

/** It with changes. */
export function policyOf(changes: Partial<Policy>): Policy {
  return { ...IPV4_POLICY, ...changes };
}

let lastInode = 1000;

/** A socket that listens: `0.0.0.0:3000`, `[::]:3000`, `[::]:3000!` for IPv6 only; a name for its program, or null. */
export function listening(
  text: string,
  name: string | null = null,
  aliases: readonly string[] = [],
): SeenListener {
  const [, v6, v4, port, only] = /^(?:\[(.*)\]|([\d.]+)):(\d+)(!?)$/.exec(text) ?? [];
  if (port === undefined) throw new TypeError(`${text} is no listener`);
  return {
    ...endpointAt("tcp", v6 ?? v4!, Number(port)),
    inode: ++lastInode,
    uid: 1000,
    v6only: only === "!",
    program: name === null ? null : { pid: 4242, name, aliases },
  };
}

/** The same without its program. */
export function withoutProgram({ program: _, ...listener }: SeenListener): Listener {
  return listener;
}

/** A program of Windows that has a port. */
export function taking(address: string, port: number, pid: number): HostListener {
  return { ...endpointAt("tcp", address, port), pid };
}

/** TCP ports that Windows lets nobody have, by both families; or `ipv6`, if others by that one. */
export function excluding(text: string, ipv6: string = text): HostView["excluded"] {
  return { ...NO_PORTS, tcp: { 4: ports(text), 6: ports(ipv6) } };
}

/** One side of an entry: `*:80`, `nas.local:http`, `[::]:80`. */
export function place(text: string): Place {
  const [, v6, name, port] = /^(?:\[(.*)\]|([^\s:]+)):(\S+)$/.exec(text) ?? [];
  if (port === undefined) throw new TypeError(`${text} is no place`);
  const family = v6 === undefined ? 4 : 6;
  return { protocol: "tcp", family, address: v6 ?? name!, port: parsePort(port) ?? port };
}

/** `0.0.0.0:3000 -> 10.0.0.1:80` as an entry. */
export function entry(text: string): Entry {
  const [listen, connect, ...rest] = text.split(" -> ");
  if (connect === undefined || rest.length > 0) throw new TypeError(`${text} is no entry`);
  return { listen: place(listen!), connect: place(connect) };
}

/** The same as a rule; `0.0.0.0:3000` as a direct one. */
export function rule(text: string): Rule {
  const made = text.includes(" -> ") ? ruleOf(entry(text)) : null;
  if (made !== null) return made;
  const { address, port } = place(text);
  return { listen: endpointAt("tcp", address, Number(port)), target: { kind: "direct" } };
}

/** Our claim on `0.0.0.0:3000 -> 10.0.0.1:80`. */
export function claim(text: string, owner = OWNER, scope = SCOPE): Claim {
  return claimOn([rule(text)], owner, scope);
}

/** The entry of a claim on one. */
export function entryIn(claim: HeldClaim): Entry {
  return entriesOf(claim)[0]!;
}

/** What a claim names, as text. */
export function namedBy(claim: HeldClaim): string {
  return claim.rules.map(formatRule).join(", ");
}
