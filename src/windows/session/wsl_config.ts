import { PortSet } from "../../net/port_set.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";
import { decodeOutput, splitLines } from "../run/output_text.ts";

/** How long reg.exe may take, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** What of `.wslconfig` matters here: what the user wishes, which need not be what WSL does. */
export interface WslConfig {
  /** `networkingMode` below `[wsl2]`, in lower case; null where nothing is said. */
  readonly networkingMode: string | null;
  /** `ignoredPorts`: in mirrored mode the guest can have these beside a program of Windows (read in WSL's source). */
  readonly ignoredPorts: PortSet;
}

/**
 * Reads `.wslconfig` in the folder that the registry names for a user, which need not be that of the name. Null where it cannot be
 * found or read; most users have none. Never rejects.
 */
export async function readWslConfig(
  programs: WindowsPrograms,
  sid: string,
  signal?: AbortSignal,
): Promise<WslConfig | null> {
  try {
    const key = `HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\${sid}`;
    const result = await programs.run(
      "reg.exe",
      ["query", key, "/v", "ProfileImagePath"],
      TIMEOUT_MS,
      signal,
    );
    const profile = parseProfilePath(decodeOutput(result.stdout)), { windowsFolder } = programs;
    if (profile === null || windowsFolder === null) return null;
    const drive = windowsFolder.slice(0, windowsFolder.lastIndexOf("/"));
    return parseWslConfig(await Deno.readTextFile(`${drive}/${profile}/.wslconfig`));
  } catch {
    return null;
  }
}

/** The path below `C:\`, with slashes; null where it is on another drive, or not as Windows writes it. */
export function parseProfilePath(output: string): string | null {
  for (const line of splitLines(output)) {
    const [, path] =
      /^ {4}ProfileImagePath {4}REG_(?:EXPAND_)?SZ {4}(?:[Cc]:|%SystemDrive%)\\(.+)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const parts = path.split("\\");
    return parts.some((part) => part === "" || part === ".." || /[/:\0]/.test(part)) ? null : parts.join("/");
  }
  return null;
}

/** Reads the text of a `.wslconfig`: an ini file whose words go by no case. What is not understood is passed over. */
export function parseWslConfig(text: string): WslConfig {
  let section = "", networkingMode: string | null = null, ignoredPorts = PortSet.EMPTY;
  for (const line of splitLines(text.replace(/^\ufeff/, ""))) {
    section = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1]?.toLowerCase() ?? section;
    const [, key, value] = /^\s*([A-Za-z0-9]+)\s*=\s*"?([^"#]*?)"?\s*(?:#.*)?$/.exec(line) ?? [];
    if (section === "wsl2" && key?.toLowerCase() === "networkingmode" && /^\w{1,20}$/.test(value!)) {
      networkingMode = value!.toLowerCase();
    }
    const isIgnored = key?.toLowerCase() === "ignoredports" &&
      (section === "experimental" || section === "wsl2");
    if (isIgnored) ignoredPorts = PortSet.parse(value!) ?? ignoredPorts;
  }
  return { networkingMode, ignoredPorts };
}
