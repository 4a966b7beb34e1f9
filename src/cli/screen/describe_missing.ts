/** The words for a port that is open, and not by every address that it should be. What comes out is fit for a terminal. */
import { isAny } from "../../net/address.ts";
import type { Endpoint } from "../../net/endpoint.ts";
import type { MissingRule } from "../../plan/desired/forward.ts";
import { describeReason } from "./describe.ts";

/** `by IPv6`, or `at 192.168.1.5` for a single address of Windows. */
export function describePlace({ address, family }: Pick<Endpoint, "address" | "family">): string {
  return isAny(address) ? `by IPv${family}` : `at ${address}`;
}

/** `not by IPv6: somebody else's entry has this port …`. At least one is missing. */
export function describeMissing(missing: readonly MissingRule[]): string {
  return missing.map(({ rule, reason, detail }) =>
    `not ${describePlace(rule.listen)}: ${
      describeReason({ protocol: rule.listen.protocol, reason, detail, program: null })
    }`
  ).join("; ");
}

/** `not by IPv6`, for where there is little room; empty where nothing is missing. */
export function nameMissing(missing: readonly MissingRule[]): string {
  return missing.map(({ rule }) => `not ${describePlace(rule.listen)}`).join(", ");
}
