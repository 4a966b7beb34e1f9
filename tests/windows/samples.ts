/** What the contract makes where it makes something of wslfwd's own. */
import { endpointAt } from "../../src/net/endpoint.ts";
import type { FirewallScope } from "../../src/plan/claims/opening.ts";
import type { Rule } from "../../src/plan/rules/rule.ts";

/** Whose it is: nobody's, so that a wslfwd that runs on this machine leaves it alone, and its own is not touched. */
export const OWNER = "c0117ac7";

/** Whom it lets in. */
export const SCOPE: FirewallScope = { profiles: ["private"], remoteIps: ["localsubnet"] };

/** A rule on loopback that leads to where nothing listens. */
export function ruleFor(port: number): Rule {
  return {
    listen: endpointAt("tcp", "127.0.0.1", port),
    // TEST-NET-1 (RFC 5737): nobody's address, and no loopback, which wslfwd refuses.
    target: { kind: "proxy", to: endpointAt("tcp", "192.0.2.1", 9) },
  };
}
