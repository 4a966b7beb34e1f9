import { parseIpv4 } from "../net/address.ts";
import { parsePort } from "../net/port.ts";
import { EntryIndex } from "./entry_index.ts";
import { isDirect, type Rule } from "./rule.ts";

/** A Windows network profile, as netsh names it. */
export type Profile = "private" | "domain" | "public";

/** Whom the firewall lets in. */
export interface FirewallScope {
  /** At least one; `any` stands for all three. */
  readonly profiles: readonly Profile[] | "any";
  /** Words that netsh's `remoteip=` takes: `localsubnet`, `any`, IPv4 addresses, subnets and ranges. At least one. */
  readonly remoteIps: readonly string[];
}

/**
 * Our title to one portproxy entry (to none, where the rule is direct), kept on Windows as the firewall rule that lets the port in: its description
 * is a tag that names the owner and the four words of the entry. An entry is ours exactly when a claim of ours
 * names all four, so an entry that somebody edits afterwards is theirs again.
 */
export interface HeldClaim {
  /** The firewall rule's name. */
  readonly name: string;
  /** Eight hexadecimal digits that stand for the Windows user. */
  readonly owner: string;
  /** The entry that is claimed. */
  readonly rule: Rule;
}

/** A claim to be made: a held one, and whom its firewall rule lets in. */
export interface Claim extends HeldClaim {
  /** Whom the firewall rule lets in. */
  readonly scope: FirewallScope;
}

/** The claim on `rule` for `owner`. */
export function claimOn(rule: Rule, owner: string, scope: FirewallScope): Claim {
  // netsh deletes firewall rules by name and port, never by description. A name of its own for each owner, rule
  // and scope lets the old and the new claim on a port stand side by side while the entry moves, and lets us
  // delete ours without deleting another user's.
  const digest = fnv1a(`${formatTag(owner, rule)};${scopeWords(scope)}`);
  return { name: `wslfwd-${rule.listenPort}-${digest}`, owner, rule, scope };
}

/** The words for netsh's `profile=` and `remoteip=`, with a blank between. */
export function scopeWords(scope: FirewallScope): string {
  const profiles = scope.profiles === "any" ? "any" : scope.profiles.join(",");
  return `profile=${profiles} remoteip=${scope.remoteIps.join(",")}`;
}

/** Whether a text is a name that {@link claimOn} can have made. */
export function isClaimName(name: string): boolean {
  return /^wslfwd-[1-9]\d{0,4}-[0-9a-f]{8}$/.test(name);
}

/**
 * The rules of these claims that name an entry: those entries are ours. A direct claim names none: an entry with the same
 * words is somebody else's.
 */
export function claimedEntries(claims: readonly HeldClaim[]): EntryIndex<Rule> {
  return new EntryIndex(claims.map(({ rule }) => rule).filter((rule) => !isDirect(rule)));
}

/** `wslfwd/1;<owner>;<listen>:<port>;<connect>:<port>`: the description of the firewall rule. */
export function formatTag(owner: string, rule: Rule): string {
  return `wslfwd/1;${owner};${rule.listenAddress}:${rule.listenPort};${rule.connectAddress}:${rule.connectPort}`;
}

/** Reads what {@link formatTag} writes. Returns null for anything else, also for a later version of the tag. */
export function parseTag(text: string): { owner: string; rule: Rule } | null {
  const tag = /^wslfwd\/1;([0-9a-f]{8});([\d.]+):(\d+);([\d.]+):(\d+)$/.exec(text);
  if (tag === null) return null;
  const [, owner, listen, listenPortText, connect, connectPortText] = tag as unknown as string[];
  const listenAddress = parseIpv4(listen!), listenPort = parsePort(listenPortText!);
  const connectAddress = parseIpv4(connect!), connectPort = parsePort(connectPortText!);
  if (listenAddress === null || listenPort === null || connectAddress === null || connectPort === null) {
    return null;
  }
  return { owner: owner!, rule: { listenAddress, listenPort, connectAddress, connectPort } };
}

/** 32-bit FNV-1a over UTF-16 code units, in eight hexadecimal digits: short and stable; it keeps no secret. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
