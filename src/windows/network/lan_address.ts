import type { Profile } from "../../plan/claims/opening.ts";
import type { Adapter } from "./adapters.ts";
import { parseRoutes, type Route } from "./routes.ts";

export { PRINT_ROUTES } from "./routes.ts";

/** A network in which others may reach Windows. */
export interface Lan {
  /** The address of Windows in it, which others type: canonical IPv4. */
  readonly address: string;
  /** Windows' IPv6 address in it, which others may type as well; null where it has none, or none is known. */
  readonly ipv6: string | null;
  /** Windows' number of the interface; null where it is not known. */
  readonly index: number | null;
  /** What Windows takes it for; null where it is not known. */
  readonly profile: Profile | null;
}

/** How an address of Windows is connected. */
interface Connection {
  readonly address: string;
  /** Whether packets for everywhere else can leave over it. `gateway`: to a machine there; `tunnel`: into a VPN. */
  readonly exit: "gateway" | "tunnel" | "none";
  /** Whether packets for a single machine outside go to its gateway: so go those that carry a VPN. */
  readonly isBelowVpn: boolean;
  /** Of the route that makes it one. */
  readonly metric: number;
}

/**
 * The networks in which others may reach Windows, the best first; empty where there is none. `adapters`: null where they are
 * not known; then the ways alone tell less.
 *
 * A VPN wants all packets, so the default route of the lowest metric is often its own: the network card that is there comes
 * first, whatever its metric. Only those of the best kind are told.
 *
 * | kind | what                                                                                  |
 * | ---- | ------------------------------------------------------------------------------------- |
 * | 0    | a network card (or a virtual switch) with a default route to a gateway                |
 * | 1    | a network card with a private network right behind it, and no default route           |
 * | 2    | anything else with a default route to a gateway                                       |
 * | 3    | anything else with a private network right behind it                                  |
 * | 4    | a default route without a gateway (`On-link`): a VPN                                  |
 */
export function chooseLans(routes: readonly Route[], adapters: readonly Adapter[] | null): Lan[] {
  const found = findConnections(routes).map((connection) => {
    const adapter = adapters?.find(({ addresses }) => addresses.includes(connection.address)) ?? null;
    return {
      lan: {
        address: connection.address,
        ipv6: adapter?.ipv6 ?? null,
        index: adapter?.index ?? null,
        profile: adapter?.profile ?? null,
      },
      rank: [kindOf(connection, adapter), ...(adapter === null ? guess(connection) : [])],
      metric: connection.metric,
    };
  });
  found.sort((a, b) => compareRanks(a.rank, b.rank) || a.metric - b.metric);
  return found.filter(({ rank }) => compareRanks(rank, found[0]!.rank) === 0).map(({ lan }) => lan);
}

/** The IPv6 address of the best network that has one; null where none has. */
export function findIpv6(lans: readonly Lan[]): string | null {
  return lans.find(({ ipv6 }) => ipv6 !== null)?.ipv6 ?? null;
}

/** The best address by what route.exe prints alone; null where Windows is in no network. Throws OutputSyntaxError. */
export function parseLanAddress(output: string): string | null {
  return chooseLans(parseRoutes(output), null)[0]?.address ?? null;
}

/** One for each address of Windows over which others may come. */
function findConnections(routes: readonly Route[]): Connection[] {
  const byAddress = Map.groupBy(routes.filter(({ address }) => isUsable(address)), ({ address }) => address);
  return [...byAddress].flatMap(([address, own]): Connection[] => {
    const exits = own.filter(isDefault).toSorted((a, b) => a.metric - b.metric);
    const [exit] = exits.toSorted((a, b) => Number(a.gateway === null) - Number(b.gateway === null));
    const isBelowVpn = own.some((route) =>
      route.mask === "255.255.255.255" && route.gateway !== null && route.gateway === exit?.gateway
    );
    if (exit !== undefined) {
      const kind = exit.gateway === null ? "tunnel" : "gateway";
      return [{ address, exit: kind, isBelowVpn, metric: exit.metric }];
    }
    const near = own.find((route) => route.gateway === null && isSubnet(route, address));
    return near === undefined || !isPrivate(address)
      ? []
      : [{ address, exit: "none", isBelowVpn, metric: near.metric }];
  });
}

function kindOf({ exit }: Connection, adapter: Adapter | null): number {
  if (exit === "tunnel") return 4;
  const isCard = adapter?.isPhysical === true || (adapter?.isSwitch === true && exit === "gateway");
  if (exit === "gateway") return isCard ? 0 : 2;
  return isCard ? 1 : 3;
}

/** What the ways alone tell of the kind of network: home routers give 192.168, VPNs and companies 10, Hyper-V 172.16 to 31. */
function guess({ address, isBelowVpn }: Connection): number[] {
  const place = address.startsWith("192.168.")
    ? 0
    : address.startsWith("10.")
    ? 1
    : isPrivate(address)
    ? 2
    : 3;
  return [isBelowVpn ? 0 : 1, place];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== (b[i] ?? 0));
  return at < 0 ? 0 : a[at]! - (b[at] ?? 0);
}

function isDefault({ network, mask }: Route): boolean {
  return network === "0.0.0.0" && mask === "0.0.0.0";
}

/** Whether the route is that to the network around an address: not to itself, nor to everybody in it. */
function isSubnet({ network, mask }: Route, address: string): boolean {
  return mask !== "255.255.255.255" && !network.startsWith("224.") && network !== address;
}

/** Neither loopback, nor an address that Windows gave itself since nobody gave it one. */
function isUsable(address: string): boolean {
  return !address.startsWith("127.") && !address.startsWith("169.254.") && address !== "0.0.0.0";
}

/** RFC 1918. */
function isPrivate(address: string): boolean {
  return /^(10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(address);
}
