import { type Endpoint, endpointKey } from "../../net/endpoint.ts";
import { formatEndpoint } from "../../net/address.ts";

/** What becomes of whoever connects. */
export type Target =
  /** The host passes them on to an endpoint of the guest, never a loopback one: the host would connect to itself. */
  | { readonly kind: "proxy"; readonly to: Endpoint }
  /** The guest's sockets are on the host's own addresses (mirrored mode): only the firewall stands before them. */
  | { readonly kind: "direct" };

/** One way in: whoever connects to an endpoint of the host reaches its target. */
export interface Rule {
  /** Where outsiders connect to, on the host: 0.0.0.0 or :: for all of its addresses of that family. */
  readonly listen: Endpoint;
  /** What is behind it. */
  readonly target: Target;
}

/** Whether only the firewall stands before the target. */
export function isDirect(rule: Rule): boolean {
  return rule.target.kind === "direct";
}

/** The port in the guest. */
export function guestPortOf({ listen, target }: Rule): number {
  return target.kind === "proxy" ? target.to.port : listen.port;
}

/** Whether they lead from the same endpoint to the same target. */
export function sameRule(a: Rule, b: Rule): boolean {
  return sameEndpoint(a.listen, b.listen) &&
    (a.target.kind === "proxy" && b.target.kind === "proxy"
      ? sameEndpoint(a.target.to, b.target.to)
      : a.target.kind === b.target.kind);
}

function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address && a.protocol === b.protocol;
}

/** What tells two rules apart that cannot be in force side by side. */
export function ruleKey({ listen }: Rule): string {
  return endpointKey(listen);
}

/** `0.0.0.0:3000 -> 172.23.21.232:3000`; of a direct one `0.0.0.0:3000`. */
export function formatRule({ listen, target }: Rule): string {
  const from = formatEndpoint(listen.address, listen.port);
  return target.kind === "direct" ? from : `${from} -> ${formatEndpoint(target.to.address, target.to.port)}`;
}
