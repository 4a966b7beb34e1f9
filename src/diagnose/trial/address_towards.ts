import type { Route } from "../../windows/network/routes.ts";

/**
 * The address of Windows that a device in one of its networks types; null where the device is in none of them: then it would
 * come through a router, and the firewall's `localsubnet` does not let it in. `device`: canonical IPv4.
 */
export function addressTowards(routes: readonly Route[], device: string): string | null {
  const near = routes.filter(({ network, mask, gateway }) =>
    gateway === null && mask !== "0.0.0.0" && mask !== "255.255.255.255" &&
    toNumber(network) === (toNumber(device) & toNumber(mask)) >>> 0
  );
  // The smallest network is meant where one lies in another; then what Windows would take itself.
  near.sort((a, b) => toNumber(b.mask) - toNumber(a.mask) || a.metric - b.metric);
  return near[0]?.address ?? null;
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
