import { CommandError, runCommand } from "../process/command.ts";

const TIMEOUT_MS = 5000;

/**
 * The name of the distro that we run in, as wsl.exe takes it: what Windows calls its root folder, `\\wsl.localhost\NAME\`, or
 * `\\wsl$\NAME\` with older WSL; else what WSL's environment says, which sudo drops. Null where neither tells, or where it
 * is no name that wsl.exe takes: it reads the word after `-d` up to the next blank, whatever stands around it.
 */
export async function readDistroName(variable: string | undefined): Promise<string | null> {
  const name = await askWslpath() ?? variable;
  return name !== undefined && /^[\p{L}\p{N}._-]+$/u.test(name) && !name.startsWith("-") ? name : null;
}

async function askWslpath(): Promise<string | null> {
  try {
    const result = await runCommand("/usr/bin/wslpath", ["-w", "/"], { timeoutMs: TIMEOUT_MS });
    const path = /^\\\\[^\\\n]+\\([^\\\n]+)\\?$/.exec(new TextDecoder().decode(result.stdout).trimEnd());
    return result.exitCode === 0 && path !== null ? path[1]! : null;
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}
