import type { Windows } from "../daemon/open/open_windows.ts";
import { isSupportedMode, MODE_REMEDY } from "../daemon/open/mode/supported_mode.ts";
import { isRelayedMode, type PerhapsMode } from "../wsl/networking_mode.ts";
import { describeFallBack } from "../daemon/run/mode_notices.ts";
import { failed, type Finding, note, ok } from "./finding.ts";

/** Whether the networking mode of WSL is one that wslfwd works in. */
export function checkMode(windows: Pick<Windows, "mode" | "isModeGuessed" | "wish">): Finding {
  const { mode, isModeGuessed } = windows;
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
  const fallBack = describeFallBack(windows);
  if (fallBack !== null) return note("mode", fallBack);
  return ok("mode", `WSL's network is in mode ${mode}: ${describeWay(mode)}`);
}

function describeWay(mode: PerhapsMode): string {
  if (isRelayedMode(mode)) return "Windows itself listens for what listens in the guest";
  return mode === "mirrored" ? "the guest is on Windows' own addresses" : "Windows forwards to the guest";
}
