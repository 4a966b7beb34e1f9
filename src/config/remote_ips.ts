import { ipv4Number, parseIpv4 } from "../net/address.ts";
import type { Parsed } from "./values.ts";

/**
 * Reads whom the firewall lets in: `localsubnet`, IPv4 addresses, `address/prefix` and `first-last` with commas
 * between them, or `any` alone. Gives words for netsh's `remoteip=`, each once, in the order written.
 */
export function parseRemoteIps(text: string): Parsed<readonly string[]> {
  const words = new Set<string>();
  for (const part of text.split(",")) {
    const word = parseRemoteIp(part.trim().toLowerCase());
    if ("expected" in word) return word;
    words.add(word.value);
  }
  if (words.has("any") && words.size > 1) return { expected: "any alone, or a list without it" };
  return { value: [...words] };
}

function parseRemoteIp(word: string): Parsed<string> {
  if (word === "any" || word === "localsubnet" || parseIpv4(word) !== null) return { value: word };
  return parseSubnet(word) ?? parseRange(word) ??
    {
      expected: "any, localsubnet, or IPv4 addresses such as 192.168.1.7, 192.168.1.0/24, 10.0.0.1-10.0.0.9",
    };
}

/** Null where the word has no slash or no address before it. */
function parseSubnet(word: string): Parsed<string> | null {
  const [addressText, prefixText, ...rest] = word.split("/");
  const address = parseIpv4(addressText!);
  if (address === null || prefixText === undefined || rest.length > 0) return null;
  const prefix = /^[1-9]\d?$/.test(prefixText) ? Number(prefixText) : 0;
  if (prefix < 1 || prefix > 32) return { expected: "a subnet with a prefix from /1 to /32" };
  const hostBits = prefix === 32 ? 0 : 0xffffffff >>> prefix;
  // Two spellings of one subnet would be two claims; what Windows makes of host bits that are set isn't documented.
  if ((ipv4Number(address) & hostBits) !== 0) {
    return { expected: `a subnet that begins at its first address (no bits set after the prefix)` };
  }
  return { value: word };
}

/** Null where the word is not two addresses with a hyphen between them. */
function parseRange(word: string): Parsed<string> | null {
  const [first, last, ...rest] = word.split("-").map(parseIpv4);
  if (first === null || first === undefined || last === null || last === undefined || rest.length > 0) {
    return null;
  }
  return ipv4Number(first) <= ipv4Number(last)
    ? { value: word }
    : { expected: "a range of addresses, lowest first" };
}
