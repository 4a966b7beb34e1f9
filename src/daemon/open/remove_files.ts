import { HelperFolder } from "../../windows/helper/helper_files.ts";
import type { Windows } from "./open_windows.ts";

/** Removes what is left of ours on the drive of Windows, also of a run that was killed. Under the lock. Never throws. */
export async function removeFiles({ host, programs, owner }: Windows): Promise<void> {
  if (programs.windowsFolder !== null) await new HelperFolder(programs.windowsFolder, owner).clear();
  await host.removeScripts();
}
