import { askWsl } from "./ask_wsl.ts";
import { findDriveMounts } from "./mounts.ts";

/** How long wslpath may take to answer: it is a program of Linux, though it asks Windows. */
const WSLPATH_TIMEOUT_MS = 5000;

/**
 * Finds System32: as `wslpath` says, else below a mount point of C: in /proc/mounts, else /mnt/c/Windows/System32. No
 * environment variable has a say in it. Null where netsh.exe is in none of them.
 */
export async function findSystem32(signal?: AbortSignal): Promise<string | null> {
  const mounts = findDriveMounts(await Deno.readTextFile("/proc/mounts"), "C", readTag);
  const candidates = [await askWslpath(signal), ...mounts.map((mount) => `${mount}/Windows/System32`)];
  candidates.push("/mnt/c/Windows/System32");
  return candidates.find((path) => path !== null && isFile(`${path}/netsh.exe`)) ?? null;
}

async function askWslpath(signal?: AbortSignal): Promise<string | null> {
  const args = ["-u", "C:\\Windows\\System32"];
  const path = await askWsl("wslpath", args, { timeoutMs: WSLPATH_TIMEOUT_MS, signal });
  return path !== null && /^\/[^\n]*$/.test(path) ? path.trimEnd().replace(/\/$/, "") : null;
}

/** What a tag of virtiofs stands for, as WSL's init notes it beside the mount (src/linux/init/drvfs.cpp). */
function readTag(tag: string): string | null {
  try {
    return Deno.readLinkSync(`/run/wsl/virtiofs/${tag}`);
  } catch {
    return null;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
