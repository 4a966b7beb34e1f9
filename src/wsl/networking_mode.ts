import { CommandError, runCommand } from "../process/command.ts";

/** How WSL connects its guests, as `wslinfo --networking-mode` names it. */
export type NetworkingMode = "nat" | "mirrored" | "bridged" | "virtioproxy" | "consomme" | "none" | "wsl1";

const MODES: readonly string[] = ["nat", "mirrored", "bridged", "virtioproxy", "consomme", "none", "wsl1"];
const TIMEOUT_MS = 15_000;

/**
 * Asks WSL for the mode that is in force; `.wslconfig` only says what was wished for. Null where this WSL has no wslinfo
 * or it does not answer with a mode.
 */
export async function readNetworkingMode(
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<NetworkingMode | null> {
  try {
    const result = await runCommand("/usr/bin/wslinfo", ["--networking-mode"], {
      timeoutMs: TIMEOUT_MS,
      env,
      signal,
    });
    const word = new TextDecoder().decode(result.stdout).trim();
    return result.exitCode === 0 && MODES.includes(word) ? word as NetworkingMode : null;
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}
