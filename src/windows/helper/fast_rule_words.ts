import { type Claim, isClaimName, openingOf } from "../../plan/claims/claim.ts";
import type { Profile } from "../../plan/claims/opening.ts";
import { formatTag } from "../../plan/claims/tag.ts";

/** The profiles as the firewall's COM objects count them (NET_FW_PROFILE_TYPE2 of icftypes.h). */
const BITS: Readonly<Record<Profile, number>> = { domain: 1, private: 2, public: 4 };

/** The same words for the helper that netsh gets of a claim. Throws RangeError for what is no claim of ours. */
export function fastRuleWords({ name, owner, rules, scope }: Claim): string[] {
  if (!isClaimName(name)) throw new RangeError("Cannot name a firewall rule that is not ours");
  const { protocol, port } = openingOf({ rules });
  const profiles = scope.profiles === "any" ? Object.keys(BITS) as Profile[] : scope.profiles;
  const sum = profiles.reduce((bits, profile) => bits | BITS[profile], 0);
  // What netsh calls `any` and `localsubnet`, COM calls `*` and `LocalSubnet`.
  const peers = scope.remoteIps.map((peer) =>
    peer === "any" ? "*" : peer === "localsubnet" ? "LocalSubnet" : peer
  );
  return ["rule", "add", name, protocol, `${port}`, `${sum}`, peers.join(","), formatTag({ owner, rules })];
}
