import type { NetworkingMode } from "../../wsl/networking_mode.ts";

/** What to do about a mode that is not supported. */
export const MODE_REMEDY =
  "set networkingMode=nat (or mirrored) below [wsl2] in %UserProfile%\\.wslconfig, then: wsl --shutdown";

/**
 * Whether others can be let in to the guest in a mode: in nat Windows forwards to it; in mirrored it is on Windows' own
 * addresses, and only the firewall stands before it.
 */
export function isSupportedMode(mode: NetworkingMode | "unknown"): boolean {
  return mode === "nat" || mode === "mirrored";
}
