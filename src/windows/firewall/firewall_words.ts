import { isPort } from "../../net/port.ts";
import { type Claim, type HeldClaim, isClaimName, openingOf } from "../../plan/claims/claim.ts";
import type { FirewallScope } from "../../plan/claims/opening.ts";
import { formatTag, parseTag } from "../../plan/claims/tag.ts";

/** What netsh's advfirewall is told to make the firewall rule of a claim. Throws RangeError for what is no claim of ours. */
export function addClaimWords(claim: Claim): string[] {
  return [
    ...["advfirewall", "firewall", "add", "rule"],
    ...ruleWords(claim),
    "action=allow",
    ...checkedScopeWords(scopeWords(claim.scope)),
    `description=${tagWord(formatTag(claim))}`,
  ];
}

/** What it is told to delete it. Throws RangeError likewise. */
export function deleteClaimWords(claim: HeldClaim): string[] {
  return ["advfirewall", "firewall", "delete", "rule", ...ruleWords(claim)];
}

/** The words for netsh's `profile=` and `remoteip=`, with a blank between. */
export function scopeWords(scope: FirewallScope): string {
  const profiles = scope.profiles === "any" ? "any" : scope.profiles.join(",");
  return `profile=${profiles} remoteip=${scope.remoteIps.join(",")}`;
}

function ruleWords(claim: HeldClaim): string[] {
  if (!isClaimName(claim.name)) throw new RangeError("Cannot name a firewall rule that is not ours");
  const { protocol, port } = openingOf(claim);
  if (!isPort(Number(port))) {
    throw new RangeError("Cannot use as a port what is not a number from 1 to 65535");
  }
  return [`name=${claim.name}`, "dir=in", `protocol=${PROTOCOLS[protocol]}`, `localport=${Number(port)}`];
}

const PROTOCOLS = { tcp: "TCP", udp: "UDP" } as const;

function tagWord(tag: string): string {
  if (parseTag(tag) === null) throw new RangeError("Cannot describe a firewall rule by what is no tag");
  return tag;
}

/** Written as a pattern over the finished words: whatever made them, netsh gets nothing else. */
const PROFILE = "(private|domain|public)", IPV4 = "\\d{1,3}(\\.\\d{1,3}){3}";
const REMOTE_IP = `(any|localsubnet|${IPV4}(/\\d{1,2}|-${IPV4})?)`;
const SCOPE = new RegExp(
  `^profile=(any|${PROFILE}(,${PROFILE}){0,2}) remoteip=${REMOTE_IP}(,${REMOTE_IP})*$`,
);

function checkedScopeWords(words: string): string[] {
  if (!SCOPE.test(words)) throw new RangeError("Cannot use such a firewall scope");
  return words.split(" ");
}
