import type { Windows } from "../daemon/open/open_windows.ts";
import { isSupportedMode, MODE_REMEDY } from "../daemon/open/supported_mode.ts";
import { isRelayedMode, type PerhapsMode } from "../wsl/networking_mode.ts";
import { failed, type Finding, note, ok } from "./finding.ts";

/** Whether the networking mode of WSL is one that wslfwd works in. */
export function checkMode({ mode, isModeGuessed }: Pick<Windows, "mode" | "isModeGuessed">): Finding {
  if (isModeGuessed) {
    return note("mode", `this WSL does not tell its networking mode; by the guest's network it is ${mode}`);
  }
  if (!isSupportedMode(mode)) {
    return failed(
      "mode",
      `WSL's network is in mode ${mode}, in which wslfwd cannot let anybody in`,
      MODE_REMEDY,
    );
  }
  return ok("mode", `WSL's network is in mode ${mode}: ${describeWay(mode)}`);
}

function describeWay(mode: PerhapsMode): string {
  if (isRelayedMode(mode)) return "Windows itself listens for what listens in the guest";
  return mode === "mirrored" ? "the guest is on Windows' own addresses" : "Windows forwards to the guest";
}
