import { parseIpv4 } from "../../net/address.ts";
import type { Profile } from "../../plan/claims/opening.ts";
import { splitLines } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";
import { chooseIpv6, type Ipv6Address, readIpv6Address } from "./ipv6_addresses.ts";

/** What one of Windows' interfaces is, as far as it concerns who can reach us over it. */
export interface Adapter {
  /** Windows' number of it. */
  readonly index: number;
  /** Whether it is a network card, and no VPN, virtual switch or the like. */
  readonly isPhysical: boolean;
  /** Whether it is an end of a virtual switch of Hyper-V's, which may lead to a network card or nowhere. */
  readonly isSwitch: boolean;
  /** Its addresses: canonical IPv4. */
  readonly addresses: readonly string[];
  /** The IPv6 address that others type best; null where it has none that they can. */
  readonly ipv6: string | null;
  /** What Windows takes the network on it for; null where it is connected to none. */
  readonly profile: Profile | null;
}

/**
 * What to ask of powershell.exe: one process for all, since starting it takes most of the time. Names of properties and of
 * enumeration values are not translated; nothing in it needs quotes.
 */
export const SHOW_ADAPTERS: readonly string[] = [
  "-NoProfile",
  "-Command",
  [
    "Get-NetConnectionProfile | Select-Object InterfaceIndex,NetworkCategory",
    "Get-NetIPAddress | Select-Object InterfaceIndex,IPAddress,AddressState,SuffixOrigin",
    "Get-NetAdapter | Select-Object InterfaceIndex,HardwareInterface,InterfaceAlias",
  ].map((query) => `${query} | ConvertTo-Csv -NoTypeInformation`).join("; "),
];

/** The words of Windows for its profiles: enumeration values, which are not translated. */
const CATEGORIES: Readonly<Record<string, Profile>> = {
  Public: "public",
  Private: "private",
  DomainAuthenticated: "domain",
};

/**
 * Reads what powershell.exe prints for {@link SHOW_ADAPTERS}: three tables, each below the names of its columns; a table without
 * rows prints nothing. Rows that make no sense are passed over. Throws OutputSyntaxError where no interface is told: loopback
 * is always one.
 */
export function parseAdapters(output: string): Adapter[] {
  const profiles = new Map<number, Profile>(), addresses = new Map<number, string[]>();
  const ipv6 = new Map<number, Ipv6Address[]>();
  const cards = new Map<number, { isPhysical: boolean; isSwitch: boolean }>();
  let title = "";
  for (const line of splitLines(output)) {
    const [first, second = "", third = "", fourth = ""] = readCells(line);
    if (first === "InterfaceIndex") title = second;
    if (first === undefined || !/^\d{1,9}$/.test(first)) continue;
    const index = Number(first), address = parseIpv4(second);
    const profile = Object.hasOwn(CATEGORIES, second) ? CATEGORIES[second] : undefined;
    if (title === "NetworkCategory" && profile !== undefined) profiles.set(index, profile);
    if (title === "IPAddress" && address !== null) {
      addresses.set(index, [...addresses.get(index) ?? [], address]);
    }
    const six = title === "IPAddress" ? readIpv6Address(second, third, fourth) : null;
    if (six !== null) ipv6.set(index, [...ipv6.get(index) ?? [], six]);
    // The name of such an end is `vEthernet (…)` in every language; assumed.
    if (title === "HardwareInterface") {
      cards.set(index, { isPhysical: second === "True", isSwitch: third.startsWith("vEthernet") });
    }
  }
  const indexes = new Set([...addresses.keys(), ...profiles.keys()]);
  if (indexes.size === 0) {
    throw new OutputSyntaxError("Get-NetIPAddress", 0, "the interfaces of Windows");
  }
  return [...indexes].map((index) => ({
    index,
    ...(cards.get(index) ?? { isPhysical: false, isSwitch: false }),
    addresses: addresses.get(index) ?? [],
    ipv6: chooseIpv6(ipv6.get(index) ?? []),
    profile: profiles.get(index) ?? null,
  }));
}

/** The cells of a line of CSV, without their quotes; a quote within is two. */
function readCells(line: string): string[] {
  return [...line.matchAll(/"((?:[^"]|"")*)"(?:,|\s*$)/g)].map(([, cell]) => cell!.replaceAll('""', '"'));
}
