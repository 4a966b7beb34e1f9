import { isDirectMode, type PerhapsMode } from "../../../wsl/networking_mode.ts";

/** What to do about a mode that is not supported. */
export const MODE_REMEDY: string =
  "set networkingMode=nat (or mirrored) below [wsl2] in %UserProfile%\\.wslconfig, then: wsl --shutdown; where that is set, " +
  "WSL could not make that network and says why when it starts";

/** Whether others can be let in to the guest in a mode: in nat Windows forwards to it, else the firewall alone is opened. */
export function isSupportedMode(mode: PerhapsMode): boolean {
  return mode === "nat" || isDirectMode(mode);
}
