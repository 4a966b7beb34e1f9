import { askWsl } from "./ask_wsl.ts";

const TIMEOUT_MS = 15_000;

/** The version of WSL's package, as wslinfo prints it. Null where this WSL does not tell: it is older, or part of Windows. */
export async function readWslVersion(env: Readonly<Record<string, string>>): Promise<string | null> {
  // The name that every wslinfo knows which knows any (microsoft/WSL, src/linux/init/wslinfo.cpp).
  const answer = await askWsl("wslinfo", ["--wsl-version"], { timeoutMs: TIMEOUT_MS, env });
  return answer !== null && /^\d+(\.\d+)+$/.test(answer) ? answer : null;
}
