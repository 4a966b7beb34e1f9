import { ipv4Number, parseIpv4 } from "../../net/address.ts";
import { messageOf } from "../../process/command.ts";
import type { AddressSource, GuestAddress } from "../../contracts/address.ts";
import { SnapshotError } from "../../contracts/snapshot_error.ts";
import {
  type DefaultRoute,
  type GuestNetwork,
  type InterfaceAddress,
  readGuestNetwork,
} from "./rtnetlink.ts";

/** The driver of the network card that WSL2 shares with Windows in its NAT mode. */
const WINDOWS_DRIVER = "hv_netvsc";
/** What WSL calls that card. */
const WINDOWS_INTERFACE = "eth0";

/** Reads the guest's address from the routes of the moment. */
export class RouteAddress implements AddressSource {
  /** The address now. Throws SnapshotError where there is none. */
  // deno-lint-ignore require-await -- the interface leaves room for sources that must wait
  async current(): Promise<GuestAddress> {
    let found: GuestAddress | null;
    try {
      const network = readGuestNetwork();
      found = selectGuestAddress(network, readDriver);
      const beside = listBeside(network.addresses, found?.address ?? "");
      if (found !== null && beside.length > 0) found = { ...found, beside };
    } catch (error) {
      throw new SnapshotError("address", `Cannot read the guest's address: ${messageOf(error)}`, {
        cause: error,
      });
    }
    if (found !== null) return found;
    throw new SnapshotError(
      "address",
      "The guest has no IPv4 address that Windows could reach: no default route, none on eth0. Look at `ip route`",
    );
  }
}

/**
 * The address that Windows reaches the guest by; null where there is none. In this order:
 *
 * | the guest has                                             | address                      | warning |
 * |-----------------------------------------------------------|------------------------------|---------|
 * | default routes through cards shared with Windows          | that of the lowest metric    | no      |
 * | such a card, but every default route leads elsewhere (VPN) | the card's                  | yes     |
 * | no such card, a default route                             | the route's source           | unless it is `eth0` or the only interface with an address |
 *
 * Never the first address of a list: docker0 and VPNs come first as often as not. `driverOf` names the driver of
 * an interface, null where it has none.
 */
export function selectGuestAddress(
  network: GuestNetwork,
  driverOf: (interfaceName: string) => string | null,
): GuestAddress | null {
  const { routes, addresses } = network;
  const byMetric = routes.toSorted((a, b) => a.metric - b.metric);
  const isShared = (interfaceName: string) => driverOf(interfaceName) === WINDOWS_DRIVER;

  for (const route of byMetric.filter((route) => isShared(route.interfaceName))) {
    const address = sourceOf(route, addresses);
    if (address !== null) {
      return { address, interfaceName: route.interfaceName, gateway: route.gateway, warning: null };
    }
  }
  const shared = addresses.find((held) => isUsable(held) && isShared(held.interfaceName));
  if (shared !== undefined) {
    const { address, interfaceName } = shared;
    return {
      address,
      interfaceName,
      gateway: null,
      warning:
        `No default route leads through ${interfaceName}; taking its address ${address}. Another one: --wsl-ip`,
    };
  }
  for (const route of byMetric) {
    const address = sourceOf(route, addresses);
    if (address === null) continue;
    const { interfaceName } = route;
    const others = addresses.filter((held) => isUsable(held) && held.interfaceName !== interfaceName);
    const isSure = interfaceName === WINDOWS_INTERFACE || others.length === 0;
    return {
      address,
      interfaceName,
      gateway: route.gateway,
      warning: isSure
        ? null
        : `No network card here is shared with Windows; taking ${address} of ${interfaceName}. Another one: --wsl-ip`,
    };
  }
  return null;
}

/**
 * The addresses on cards besides one. A card is called `eth…`, whatever Windows calls it (recorded: mirrored mode with a VPN on eth0
 * and the LAN on eth1); bridges of containers and what carries `lo` have other names.
 */
export function listBeside(addresses: readonly InterfaceAddress[], but: string): string[] {
  const onCards = addresses.filter(({ isGlobal, interfaceName }) =>
    isGlobal && /^eth\d+$/.test(interfaceName)
  );
  return onCards.map(({ address }) => address).filter((address) => address !== but);
}

/** The address that packets of a route carry, as the kernel picks it: prescribed, beside the gateway, or the first. */
function sourceOf(route: DefaultRoute, addresses: readonly InterfaceAddress[]): string | null {
  if (route.source !== null) return route.source;
  const held = addresses.filter((held) => held.interfaceName === route.interfaceName && isUsable(held));
  const beside = held.find((held) => route.gateway !== null && isSameNetwork(held, route.gateway));
  return (beside ?? held[0])?.address ?? null;
}

function isUsable(held: InterfaceAddress): boolean {
  return held.isGlobal && !held.isSecondary && !held.address.startsWith("127.");
}

function isSameNetwork(held: InterfaceAddress, address: string): boolean {
  // A shift by 32 bits does nothing in JavaScript; a prefix of 0 holds every address.
  if (held.prefixLength === 0) return true;
  const shift = 32 - held.prefixLength;
  return toNumber(held.address) >>> shift === toNumber(address) >>> shift;
}

function toNumber(address: string): number {
  const canonical = parseIpv4(address);
  if (canonical === null) throw new RangeError(`Cannot compare ${address}: it is no IPv4 address`);
  return ipv4Number(canonical);
}

/** The driver of an interface by sysfs; null for virtual ones. */
function readDriver(interfaceName: string): string | null {
  try {
    const target = Deno.readLinkSync(`/sys/class/net/${interfaceName}/device/driver`);
    return target.slice(target.lastIndexOf("/") + 1);
  } catch {
    return null;
  }
}
