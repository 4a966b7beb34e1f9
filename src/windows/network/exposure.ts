import type { FirewallScope, Profile } from "../../plan/claims/opening.ts";
import type { Lan } from "./lan_address.ts";

/** Networks that others may reach Windows over, and what it takes them for; null where that cannot be read. */
export type KnownLans = readonly Lan[] | null;

/** The profiles of networks, each once, those of the best first. What Windows does not tell is left out. */
export function profilesOf(lans: readonly Lan[]): Profile[] {
  return [...new Set(lans.flatMap(({ profile }) => profile ?? []))];
}

/**
 * Whether Windows answers to its name by mDNS there. Its own rules for that hold in private and domain networks alone (assumed:
 * Microsoft does not say).
 */
export function answersToName(profiles: readonly Profile[]): boolean {
  return profiles.length > 0 && !profiles.includes("public");
}

/** Whether the firewall rules hold in a network that Windows takes for this. */
export function isCovered(profile: Profile, { profiles }: FirewallScope): boolean {
  return profiles === "any" || profiles.includes(profile);
}

/**
 * The best network, where Windows takes it for something in which the rules do not hold; else null. Other networks beside it
 * are no alarm: a virtual switch or a VPN is Public on many a machine.
 */
export function findUncovered(lans: readonly Lan[], scope: FirewallScope): Lan | null {
  const [best] = lans;
  return best === undefined || best.profile === null || isCovered(best.profile, scope) ? null : best;
}

/** What the user should know of a network in which the rules do not hold; null where they hold in the best one. */
export function describeExposure(lans: KnownLans, scope: FirewallScope): string | null {
  if (isCovered("public", scope)) return null;
  if (lans === null || (lans.length > 0 && lans[0]!.profile === null)) {
    return "cannot tell whether Windows takes this network for Public; there, nothing is reachable without --profile any";
  }
  const lan = findUncovered(lans, scope);
  if (lan === null) return null;
  if (lan.profile !== "public") {
    return `Windows takes this network for ${lan.profile}, so nothing is reachable from it; add --profile ${lan.profile}`;
  }
  return "Windows takes this network for Public, so nothing is reachable from it; make it Private in Windows' " +
    "settings, or allow Public networks by --profile any";
}

/** The command that mends it: for that network alone. */
export function exposureRemedy({ index }: Pick<Lan, "index">): string {
  const which = index === null ? "" : ` -InterfaceIndex ${index}`;
  return `Set-NetConnectionProfile${which} -NetworkCategory Private   (PowerShell, as administrator), or wslfwd --profile any`;
}
