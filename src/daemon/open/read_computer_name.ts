import { parseComputerName, QUERY_COMPUTER_NAME } from "../../windows/session/computer_name.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";

/** How long reg.exe may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** The name by which others may find this Windows, `desktop-abc.local`; null where it has none, or does not tell. Never rejects. */
export async function readComputerName(
  programs: WindowsPrograms,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const { exitCode, stdout } = await programs.run("reg.exe", QUERY_COMPUTER_NAME, TIMEOUT_MS, signal);
    const name = exitCode === 0 ? parseComputerName(decodeOutput(stdout)) : null;
    return name === null ? null : `${name}.local`;
  } catch {
    return null;
  }
}
