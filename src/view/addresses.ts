import { isAny } from "../net/address.ts";
import type { Endpoint } from "../net/endpoint.ts";
import type { Rule } from "../plan/rules/rule.ts";
import { urlOf } from "./url.ts";

/** Where others in the network find Windows. */
export interface LanAddresses {
  /** The address that others type: IPv4; null where it is not known. */
  readonly lanAddress: string | null;
  /** The IPv6 address that others may type as well; null where there is none, or none is known. */
  readonly lanIpv6: string | null;
}

/** The address to type for an endpoint of Windows: by its family, or the one that it listens on alone. Null for not known. */
export function addressFor(
  { lanAddress, lanIpv6 }: LanAddresses,
  { address, family }: Pick<Endpoint, "address" | "family">,
): string | null {
  if (!isAny(address)) return address;
  return family === 6 ? lanIpv6 : lanAddress;
}

/** What others type to reach a port that is open by these rules, at least one; the first counts most. */
export function lanAddressesOf([first, ...rest]: readonly Rule[], addresses: LanAddresses): LanAddresses {
  const six = [first!, ...rest].find(({ listen }) => listen.family === 6);
  return {
    lanAddress: addressFor(addresses, first!.listen),
    lanIpv6: six === undefined ? null : addressFor(addresses, six.listen),
  };
}

/** What others type to reach an endpoint of Windows, see `urlOf`. */
export function urlFor(addresses: LanAddresses, listen: Endpoint): string {
  return urlOf(addressFor(addresses, listen), listen);
}

/** Every URL that leads to a port that is open by these rules, the first rule's first; each once. */
export function urlsFor(addresses: LanAddresses, [first, ...rest]: readonly Rule[]): string[] {
  if (first === undefined) return [];
  const others = rest.filter(({ listen }) => addressFor(addresses, listen) !== null);
  return [...new Set([first, ...others].map(({ listen }) => urlFor(addresses, listen)))];
}
