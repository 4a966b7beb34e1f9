import { askWsl } from "./ask_wsl.ts";

const TIMEOUT_MS = 5000;

/**
 * The name of the distro that we run in, as wsl.exe takes it: what Windows calls its root folder, `\\wsl.localhost\NAME\`, or
 * `\\wsl$\NAME\` with older WSL; else what WSL's environment says, which sudo drops. Null where neither tells, or where it
 * is no name that wsl.exe takes: it reads the word after `-d` up to the next blank, whatever stands around it.
 */
export async function readDistroName(variable: string | undefined): Promise<string | null> {
  const root = await askWsl("wslpath", ["-w", "/"], { timeoutMs: TIMEOUT_MS });
  const name = /^\\\\[^\\\n]+\\([^\\\n]+)\\?$/.exec(root?.trimEnd() ?? "")?.[1] ?? variable;
  return name !== undefined && /^[\p{L}\p{N}._-]+$/u.test(name) && !name.startsWith("-") ? name : null;
}
