import { parseIpv4 } from "../../net/address.ts";
import { parsePort } from "../../net/port.ts";
import { formatTag, type HeldClaim, isClaimName, parseTag, scopeWords } from "../../plan/claim.ts";
import type { Operation } from "../../plan/operation.ts";
import type { Entry } from "../../plan/rule.ts";

/** What to ask of netsh: every v4tov4 entry. */
export const SHOW_ENTRIES: readonly string[] = ["interface", "portproxy", "show", "v4tov4"];

/**
 * The netsh command for an operation, word by word. Every word is a literal of this file or a value that has just been
 * parsed again, so nothing that a process, a file or another program made up can become a netsh command. Throws
 * RangeError for a value that is not what it should be; for a foreign entry that means that it cannot be put back.
 */
export function netshWords(operation: Operation): string[] {
  switch (operation.kind) {
    case "add-entry":
      return [
        "interface",
        "portproxy",
        "add",
        "v4tov4",
        ...listenWords(operation.entry),
        ...connectWords(operation.entry),
      ];
    case "delete-entry":
      return ["interface", "portproxy", "delete", "v4tov4", ...listenWords(operation.entry)];
    case "add-claim": {
      const { owner, rule, scope } = operation.claim;
      return [
        ...["advfirewall", "firewall", "add", "rule"],
        ...ruleWords(operation.claim.name, rule.listenPort),
        "action=allow",
        ...checkedScopeWords(scopeWords(scope)),
        `description=${tagWord(formatTag(owner, rule))}`,
      ];
    }
    case "delete-claim": {
      const { name, rule } = operation.claim;
      return ["advfirewall", "firewall", "delete", "rule", ...ruleWords(name, rule.listenPort)];
    }
  }
}

function ruleWords(name: string, port: number): string[] {
  if (!isClaimName(name)) throw new RangeError("Cannot name a firewall rule that is not ours");
  return [`name=${name}`, "dir=in", "protocol=TCP", `localport=${portWord(String(port))}`];
}

function listenWords(entry: Entry): string[] {
  const address = entry.listenAddress === "*" ? "*" : addressWord(entry.listenAddress);
  return [`listenport=${portWord(entry.listenPort)}`, `listenaddress=${address}`];
}

function connectWords(entry: Entry): string[] {
  return [
    `connectport=${portWord(entry.connectPort)}`,
    `connectaddress=${addressWord(entry.connectAddress)}`,
  ];
}

function portWord(text: string): string {
  if (parsePort(text) === null) {
    throw new RangeError("Cannot use as a port what is not a number from 1 to 65535");
  }
  return text;
}

/** An IPv4 address, or a host name: letters, digits, hyphens and dots only (RFC 1123), for entries of others. */
function addressWord(text: string): string {
  if (parseIpv4(text) !== null) return text;
  if (text.length <= 253 && /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i.test(text)) {
    return text;
  }
  throw new RangeError("Cannot use as an address what is neither IPv4 nor a host name");
}

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

/**
 * A script for `netsh -f`: shows the entries, makes the changes in order, shows the entries again. netsh reads it in the
 * ANSI code page, so it is ASCII, with CRLF line ends and no byte order mark.
 */
export function netshScript(plan: readonly Operation[]): string {
  const lines = [SHOW_ENTRIES, ...plan.map(netshWords), SHOW_ENTRIES];
  return lines.map((words) => words.join(" ") + "\r\n").join("");
}

/** The claims that a script of {@link netshScript} makes. What is no such line is passed over. */
export function claimsInScript(script: string): HeldClaim[] {
  const lines = script.matchAll(/^advfirewall firewall add rule name=(\S+) .*description=(\S+)\r$/gm);
  return [...lines].flatMap(([, name, tag]) => {
    const parsed = parseTag(tag!);
    return parsed === null || !isClaimName(name!) ? [] : [{ name: name!, ...parsed }];
  });
}
