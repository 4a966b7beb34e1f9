import type { FirewallRule, Profile, Switches } from "./model.ts";

/** A subnet of this Windows. */
export interface Subnet {
  /** Its address in it. */
  readonly address: string;
  /** 0 to 32; 64 for IPv6. */
  readonly prefixLength: number;
}

/** Whether the firewall, as it is switched, lets a TCP connection in. */
export function firewallLetsIn(
  rules: readonly FirewallRule[],
  peer: string,
  port: number,
  switches: Switches,
  subnets: readonly Subnet[],
): boolean {
  const { networkProfile, firewallOff, firewallShut, ignoresLocalRules } = switches;
  if (firewallOff.includes(networkProfile)) return true;
  if (firewallShut.includes(networkProfile) || ignoresLocalRules.includes(networkProfile)) return false;
  return letsIn(rules, peer, port, networkProfile, subnets);
}

/** Whether the rules let a TCP connection in. A block wins over every allow; without a rule it stays out. */
export function letsIn(
  rules: readonly FirewallRule[],
  peer: string,
  port: number,
  profile: Profile,
  subnets: readonly Subnet[],
): boolean {
  const matching = rules.filter((rule) =>
    rule.isEnabled && rule.direction === "in" && rule.protocol !== "udp" && rule.profiles.includes(profile) &&
    (rule.localPorts.length === 0 ||
      rule.localPorts.some((range) => range.first <= port && port <= range.last)) &&
    rule.remoteIps.some((remote) => isRemote(remote, peer, subnets))
  );
  return matching.length > 0 && matching.every((rule) => rule.action === "allow");
}

/** Whether a word of `remoteip=` means the peer. */
function isRemote(remote: string, peer: string, subnets: readonly Subnet[]): boolean {
  if (remote === "any") return true;
  if (remote === "localsubnet") {
    return subnets.some((subnet) => isInside(peer, subnet.address, subnet.prefixLength));
  }
  if (peer.includes(":")) return false;
  const range = remote.split("-");
  if (range.length === 2) {
    return toNumber(range[0]!) <= toNumber(peer) && toNumber(peer) <= toNumber(range[1]!);
  }
  const [address, mask] = remote.split("/");
  return isInside(peer, address!, mask === undefined ? 32 : prefixLengthOf(mask));
}

function isInside(peer: string, address: string, prefixLength: number): boolean {
  if (peer.includes(":") !== address.includes(":")) return false;
  // All of ours are /64 and written without zeros in the first half.
  if (peer.includes(":")) return peer.split("::")[0] === address.split("::")[0];
  const size = 2 ** (32 - prefixLength);
  return Math.floor(toNumber(peer) / size) === Math.floor(toNumber(address) / size);
}

/** The length of `24` or `255.255.255.0`. */
function prefixLengthOf(mask: string): number {
  if (!mask.includes(".")) return Number(mask);
  return toNumber(mask).toString(2).replaceAll("0", "").length;
}

/** The dotted mask of a prefix length, as the registry writes it. */
export function maskOf(prefixLength: number): string {
  const bits = prefixLength === 0 ? 0 : 2 ** 32 - 2 ** (32 - prefixLength);
  return [bits / 2 ** 24, bits / 2 ** 16, bits / 2 ** 8, bits].map((part) => Math.floor(part) % 256).join(
    ".",
  );
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** A word that `remoteip=` takes, in the form that is kept, or null. */
export function parseRemoteIp(word: string): string | null {
  const lower = word.toLowerCase();
  if (lower === "any" || lower === "localsubnet") return lower;
  const quad = "(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
  return new RegExp(`^${quad}(?:-${quad}|/${quad}|/(?:[12]?\\d|3[0-2]))?$`).test(lower) ? lower : null;
}

/** The ports and ranges of `localport=80,443,8000-8010`, or null. */
export function parseLocalPorts(text: string): { first: number; last: number }[] | null {
  if (text.toLowerCase() === "any") return [];
  const ranges: { first: number; last: number }[] = [];
  for (const part of text.split(",")) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (match === null) return null;
    const first = Number(match[1]), last = Number(match[2] ?? match[1]);
    if (first > last || last > 65535) return null;
    ranges.push({ first, last });
  }
  return ranges;
}

/** `80,443,8000-8010`, or `Any`. */
export function formatLocalPorts(ranges: FirewallRule["localPorts"]): string {
  if (ranges.length === 0) return "Any";
  return ranges.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`).join(",");
}
