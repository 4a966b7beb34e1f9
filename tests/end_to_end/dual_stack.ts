/** Scenarios on a Windows that has IPv6 on its LAN. */
import type { Lab } from "../simulated/lab.ts";
import { LAN_IPV6 } from "../simulated/windows/sockets.ts";
import { scenario } from "./scenario.ts";

/** A port that is forwarded by both families: see holdings.ts. */
export const BOTH = { hasIpv6: true } as const;

/** Whom the LAN asks by IPv6. */
export const SIX = { address: LAN_IPV6 } as const;

/** Registers a scenario there. */
export function dualStack(name: string, run: (lab: Lab) => Promise<void>): void {
  scenario(`where Windows has IPv6, ${name}`, run, BOTH);
}
