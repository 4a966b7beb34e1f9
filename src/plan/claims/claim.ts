import { type Entry, entryOf } from "../rules/entry.ts";
import type { FirewallScope, Opening } from "./opening.ts";
import { isDirect, type Rule, sameRule } from "../rules/rule.ts";
import { formatTag } from "./tag.ts";

/**
 * What the host keeps for us, as one rule of its firewall. It is two things: an opening, that lets others in to a port; and
 * our title to the entries that it names, in a tag that stands in the rule's description. An entry is ours exactly when a
 * claim of ours names all its words, so an entry that somebody edits afterwards is theirs again.
 */
export interface HeldClaim {
  /** The firewall rule's name. */
  readonly name: string;
  /** Eight hexadecimal digits that stand for the Windows user. */
  readonly owner: string;
  /** What is let in: at least one rule, all of one protocol and one port of the host. */
  readonly rules: readonly Rule[];
}

/** A claim to be made: a held one, and whom its firewall rule lets in. */
export interface Claim extends HeldClaim {
  /** Whom the firewall rule lets in. */
  readonly scope: FirewallScope;
}

/** The claim on `rules`, all of one protocol and one port of the host, for `owner`. */
export function claimOn(rules: readonly Rule[], owner: string, scope: FirewallScope): Claim {
  // Firewall rules are deleted by name and port, never by description. A name of its own for each owner, rules and scope
  // lets the old and the new claim on a port stand side by side while an entry moves, and lets us delete ours without
  // deleting another user's.
  const { protocol, port } = openingOf({ rules });
  const digest = fnv1a(`${formatTag({ owner, rules })};${formatScope(scope)}`);
  return { name: `wslfwd-${protocol === "tcp" ? "" : `${protocol}-`}${port}-${digest}`, owner, rules, scope };
}

/** What a claim opens. */
export function openingOf({ rules }: Pick<HeldClaim, "rules">): Opening & { readonly port: number } {
  return rules[0]!.listen;
}

/** Whether a text is a name that {@link claimOn} can have made. */
export function isClaimName(name: string): boolean {
  return /^wslfwd-(udp-)?[1-9]\d{0,4}-[0-9a-f]{8}$/.test(name);
}

/** Whether two claims name the same rules, in whatever order. */
export function sameRules(a: readonly Rule[], b: readonly Rule[]): boolean {
  return a.length === b.length && a.every((rule) => b.some((other) => sameRule(rule, other)));
}

/** The entries that a claim names; none for direct rules: an entry with the same words is somebody else's. */
export function entriesOf({ rules }: Pick<HeldClaim, "rules">): Entry[] {
  return rules.flatMap((rule) => entryOf(rule) ?? []);
}

/** Whether nothing but the firewall stands before what a claim lets in. */
export function isFirewallOnly({ rules }: Pick<HeldClaim, "rules">): boolean {
  return rules.every(isDirect);
}

/** Two scopes have the same text exactly when they let in the same, in the same words. */
function formatScope(scope: FirewallScope): string {
  const profiles = scope.profiles === "any" ? "any" : scope.profiles.join(",");
  return `profile=${profiles} remoteip=${scope.remoteIps.join(",")}`;
}

/** 32-bit FNV-1a over UTF-16 code units, in eight hexadecimal digits: short and stable; it keeps no secret. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
