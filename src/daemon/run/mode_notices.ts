import type { EventSink } from "../../reconcile/events.ts";
import { isRelayedMode } from "../../wsl/networking_mode.ts";
import type { Windows } from "../open/open_windows.ts";

/** Tells what is to be said of the networking mode: that it is a guess, or not the one that the user wishes. */
export function tellMode(windows: Pick<Windows, "mode" | "isModeGuessed" | "wish">, emit: EventSink): void {
  const { mode, isModeGuessed } = windows;
  if (isModeGuessed) {
    const message = `this WSL does not tell its networking mode; by the guest's network it is ${mode}`;
    emit({ type: "notice", code: "mode-unknown", message });
  }
  const fallBack = describeFallBack(windows);
  if (fallBack !== null) emit({ type: "notice", code: "mode-fell-back", message: fallBack });
}

/**
 * That WSL's network is in another mode than the one that was wished for, in one line; null where it is in that one. WSL takes another by
 * itself where it cannot make a network (read in WSL's source: WslCoreVm.cpp): nat's becomes consomme or virtioproxy, and that none.
 */
export function describeFallBack({ mode, wish }: Pick<Windows, "mode" | "wish">): string | null {
  if (wish === null || mode === "unknown") return null;
  const said = wish.networkingMode, wished = said ?? "nat";
  if (wished === mode || wished === "virtioproxy" && isRelayedMode(mode)) return null;
  const what = said === null ? "nat, its default" : `networkingMode=${wished} of .wslconfig`;
  return `WSL's network is in mode ${mode}, not ${what}: WSL could not make that, and says why when it starts, or was not started ` +
    "anew since the change (wsl --shutdown)";
}
