import { parseLanAddress, PRINT_ROUTES } from "../../windows/network/lan_address.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";

/** How long route.exe may take, in milliseconds: a dead interop answers after about 10 s. */
const TIMEOUT_MS = 15_000;

/** The address of Windows that others type; null where it is in no network. Throws where it cannot be read. */
export async function readLanAddress(programs: WindowsPrograms): Promise<string | null> {
  const { exitCode, stdout } = await programs.run("route.exe", PRINT_ROUTES, TIMEOUT_MS);
  if (exitCode !== 0) throw new Error(`route.exe ended with ${exitCode}`);
  return parseLanAddress(decodeOutput(stdout));
}
