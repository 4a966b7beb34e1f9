import { CommandError, runCommand } from "../process/command.ts";

const TIMEOUT_MS = 15_000;

/** The version of WSL's package, as wslinfo prints it. Null where this WSL does not tell: it is older, or part of Windows. */
export async function readWslVersion(env: Readonly<Record<string, string>>): Promise<string | null> {
  try {
    // The name that every wslinfo knows which knows any (microsoft/WSL, src/linux/init/wslinfo.cpp).
    const result = await runCommand("/usr/bin/wslinfo", ["--wsl-version"], { timeoutMs: TIMEOUT_MS, env });
    const version = /^\d+(\.\d+)+$/.exec(new TextDecoder().decode(result.stdout).trim());
    return result.exitCode === 0 && version !== null ? version[0] : null;
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}
