import { familyOf, parseIp } from "../../../net/address.ts";
import { parsePort } from "../../../net/port.ts";
import { type HeldClaim, isClaimName } from "../../../plan/claims/claim.ts";
import type { Entry, Place } from "../../../plan/rules/entry.ts";
import type { Operation } from "../../../plan/changes/operation.ts";
import { parseTag } from "../../../plan/claims/tag.ts";
import { addClaimWords, deleteClaimWords } from "../../firewall/firewall_words.ts";

/** What to ask of netsh: every entry, family by family. */
export const SHOW_ENTRIES: readonly string[] = ["interface", "portproxy", "show", "all"];

/**
 * The netsh command for an operation, word by word. Every word is a literal of this file or a value that has just been
 * parsed again, so nothing that a process, a file or another program made up can become a netsh command. Throws
 * RangeError for a value that is not what it should be; for a foreign entry that means that it cannot be put back.
 */
export function netshWords(operation: Operation): string[] {
  switch (operation.kind) {
    case "add-entry": {
      const { entry } = operation;
      return [
        "interface",
        "portproxy",
        "add",
        tableWord(entry),
        ...listenWords(entry),
        ...connectWords(entry),
      ];
    }
    case "delete-entry":
      return [
        "interface",
        "portproxy",
        "delete",
        tableWord(operation.entry),
        ...listenWords(operation.entry),
      ];
    case "add-claim":
      return addClaimWords(operation.claim);
    case "delete-claim":
      return deleteClaimWords(operation.claim);
  }
}

function tableWord({ listen, connect }: Entry): string {
  if (listen.protocol !== "tcp" || connect.protocol !== "tcp") {
    throw new RangeError("Cannot have portproxy pass on anything but TCP");
  }
  return `v${listen.family}tov${connect.family}`;
}

function listenWords({ listen }: Entry): string[] {
  return [
    `listenport=${portWord(listen)}`,
    `listenaddress=${listen.address === "*" ? "*" : addressWord(listen)}`,
  ];
}

function connectWords({ connect }: Entry): string[] {
  const address = areSeveralIpv4(connect.address) ? connect.address : addressWord(connect);
  return [`connectport=${portWord(connect)}`, `connectaddress=${address}`];
}

/**
 * Whether a text is IPv4 addresses with one blank between: Microsoft's own snippet `connectaddress=$(wsl hostname -I)` stores them
 * so. Such an entry leads nowhere, but it is somebody's, and is put back where we ran over it.
 */
function areSeveralIpv4(text: string): boolean {
  const addresses = text.length <= 160 ? text.split(" ") : [];
  return addresses.length > 1 &&
    addresses.every((address) => parseIp(address) !== null && !address.includes(":"));
}

function portWord({ port }: Place): string {
  if (parsePort(String(port)) === null) {
    throw new RangeError("Cannot use as a port what is not a number from 1 to 65535");
  }
  return String(port);
}

/** An address, or a host name: letters, digits, hyphens and dots only (RFC 1123), for entries of others. */
function addressWord({ address, family }: Place): string {
  const isIp = parseIp(address) !== null;
  if (isIp && familyOf(address) === family) return address;
  const isName = address.length <= 253 &&
    /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i.test(address);
  if (isName && !isIp) return address;
  throw new RangeError(`Cannot use as an address what is neither IPv${family} nor a host name`);
}

/**
 * A script for `netsh -f`: shows the entries, makes the changes in order, shows the entries again. netsh reads it in the
 * ANSI code page, so it is ASCII, with CRLF line ends and no byte order mark.
 */
export function netshScript(plan: readonly Operation[]): string {
  const lines = [SHOW_ENTRIES, ...plan.map(netshWords), SHOW_ENTRIES];
  return lines.map((words) => words.map(quoteWord).join(" ") + "\r\n").join("");
}

/** A word with blanks in it as netsh reads it in a script; no word that we say holds a quote. */
function quoteWord(word: string): string {
  return word.includes(" ") ? word.replace("=", '="') + '"' : word;
}

/** The claims that a script of {@link netshScript} makes. What is no such line is passed over. */
export function claimsInScript(script: string): HeldClaim[] {
  const lines = script.matchAll(/^advfirewall firewall add rule name=(\S+) .*description=(\S+)\r$/gm);
  return [...lines].flatMap(([, name, tag]) => {
    const parsed = parseTag(tag!);
    return parsed === null || !isClaimName(name!) ? [] : [{ name: name!, ...parsed }];
  });
}
