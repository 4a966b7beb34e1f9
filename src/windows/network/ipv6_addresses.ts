import { parseIpv6 } from "../../net/address.ts";

/** An IPv6 address of Windows, as far as it concerns who can type it. */
export interface Ipv6Address {
  /** Canonical text. */
  readonly address: string;
  /** Whether Windows made it up for a while (RFC 8981): tomorrow it has another one. */
  readonly isTemporary: boolean;
}

/**
 * Reads an address as Get-NetIPAddress shows it, with its AddressState and SuffixOrigin (enumeration values, which are not
 * translated; assumed). Null for what nobody else can type: link-local ones, which everybody writes otherwise, those of
 * tunnels (Teredo, 6to4), multicast, and what is not in use.
 */
export function readIpv6Address(text: string, state: string, suffixOrigin: string): Ipv6Address | null {
  const address = parseIpv6(text.toLowerCase());
  if (address === null || !/^(|Preferred)$/.test(state)) return null;
  const isUsable = isUniqueLocal(address) || /^[23][\da-f]{3}:/.test(address);
  const isTunnel = /^2001:(0:|:)/.test(address) || address.startsWith("2002:");
  return isUsable && !isTunnel ? { address, isTemporary: suffixOrigin === "Random" } : null;
}

/** The address that others type best; null where there is none. What lasts comes first, then what is of this network alone. */
export function chooseIpv6(addresses: readonly Ipv6Address[]): string | null {
  const rank = ({ address, isTemporary }: Ipv6Address) =>
    2 * Number(isTemporary) + Number(!isUniqueLocal(address));
  return addresses.toSorted((a, b) => rank(a) - rank(b))[0]?.address ?? null;
}

/** RFC 4193. */
function isUniqueLocal(address: string): boolean {
  return /^f[cd][\da-f]{2}:/.test(address);
}
