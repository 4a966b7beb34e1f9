import type { Listener } from "../../../src/net/listener.ts";
import { PortSet } from "../../../src/net/port_set.ts";
import { type Claim, claimOn, type FirewallScope } from "../../../src/plan/claim.ts";
import type { SeenListener } from "../../../src/plan/desired_rules.ts";
import { DEFAULT_POLICY, type HostView, type Policy } from "../../../src/plan/policy.ts";
import type { Entry, Rule } from "../../../src/plan/rule.ts";

/** The guest's address in these tests. */
export const GUEST = "172.23.21.232";

/** Us. */
export const OWNER = "0badcafe";

/** Another user of the same Windows. */
export const STRANGER = "deadbeef";

/** What the firewall lets in by default. */
export const SCOPE: FirewallScope = DEFAULT_POLICY.scope;

/** Windows as it is where nothing stands in the way. */
export const FREE_HOST: HostView = { foreign: [], unread: [], taken: [], excluded: PortSet.EMPTY };

/** The ports of a text that is right. */
export function ports(text: string): PortSet {
  const set = text === "" ? PortSet.EMPTY : PortSet.parse(text);
  if (set === null) throw new TypeError(`${text} is no port set`);
  return set;
}

/** The default policy with changes. */
export function policyOf(changes: Partial<Policy>): Policy {
  return { ...DEFAULT_POLICY, ...changes };
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
    family: v6 === undefined ? 4 : 6,
    address: v6 ?? v4!,
    port: Number(port),
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

/** `0.0.0.0:3000 -> 10.0.0.1:80` as an entry. */
export function entry(text: string): Entry {
  const [, listenAddress, listenPort, connectAddress, connectPort] =
    /^(\S+):(\S+) -> (\S+):(\S+)$/.exec(text) ?? [];
  if (connectPort === undefined) throw new TypeError(`${text} is no entry`);
  return {
    listenAddress: listenAddress!,
    listenPort: listenPort!,
    connectAddress: connectAddress!,
    connectPort,
  };
}

/** The same as a rule. */
export function rule(text: string): Rule {
  const { listenPort, connectPort, ...addresses } = entry(text);
  return { ...addresses, listenPort: Number(listenPort), connectPort: Number(connectPort) };
}

/** Our claim on `0.0.0.0:3000 -> 10.0.0.1:80`. */
export function claim(text: string, owner = OWNER, scope = SCOPE): Claim {
  return claimOn(rule(text), owner, scope);
}
