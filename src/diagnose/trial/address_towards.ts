import { ipv4Number } from "../../net/address.ts";
import type { Route } from "../../windows/network/routes.ts";

/**
 * The address of Windows that a device in one of its networks types; null where the device is in none of them: then it would
 * come through a router, and the firewall's `localsubnet` does not let it in. `device`: canonical IPv4.
 */
export function addressTowards(routes: readonly Route[], device: string): string | null {
  const near = routes.filter(({ network, mask, gateway }) =>
    gateway === null && mask !== "0.0.0.0" && mask !== "255.255.255.255" &&
    ipv4Number(network) === (ipv4Number(device) & ipv4Number(mask)) >>> 0
  );
  // The smallest network is meant where one lies in another; then what Windows would take itself.
  near.sort((a, b) => ipv4Number(b.mask) - ipv4Number(a.mask) || a.metric - b.metric);
  return near[0]?.address ?? null;
}
