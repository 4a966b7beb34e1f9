import { CommandError, runCommand } from "../process/command.ts";
import { interopEnvironment } from "./interop_sockets.ts";

/** What mounts drives of Windows: a link to WSL's init, which goes by this name. */
const MOUNT = "/sbin/mount.drvfs";

/** Where root mounts C: for wslfwd, out of everybody else's sight. It stays until the distro ends, and is found there again. */
const FOLDER = "/run/wslfwd", PLACE = `${FOLDER}/c`;

/** How long mounting may take, in milliseconds: it asks Windows, which may not answer for ten seconds. */
const TIMEOUT_MS = 15_000;

/**
 * Mounts C: where WSL does not (`[automount] enabled=false`), which takes root. It is the elevated drive exactly where our
 * session is elevated (read in WSL's source: src/linux/init/drvfs.cpp, IsDrvfsElevated). Null where that is not to be had.
 */
export async function mountDrive(signal?: AbortSignal): Promise<string | null> {
  if (Deno.uid() !== 0) return null;
  try {
    await Deno.mkdir(PLACE, { recursive: true, mode: 0o700 });
    for (const folder of [FOLDER, PLACE]) {
      const { isDirectory, uid } = await Deno.lstat(folder);
      if (!isDirectory || uid !== 0) return null;
    }
    const options = { timeoutMs: TIMEOUT_MS, env: interopEnvironment(), signal };
    const { exitCode } = await runCommand(MOUNT, ["C:", PLACE, "-o", "noatime"], options);
    return exitCode === 0 ? PLACE : null;
  } catch (error) {
    // No such program, no such folder, no answer.
    if (error instanceof CommandError || error instanceof Error && "code" in error) return null;
    throw error;
  }
}
