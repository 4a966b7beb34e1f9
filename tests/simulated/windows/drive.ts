/** The C: drive, seen from Windows. */
import type { SimulatedWindows } from "./windows.ts";
import { Refusal } from "./words.ts";

/** Where this process, which stands for Windows, has the drive. */
const DRIVE = "/mnt/c";

/** The folder that only an elevated token can create. */
const PROTECTED = "C:\\Windows\\wslfwd";

/** Turns `C:\Windows\System32` into a path of this process, or null where it is not a path on C:. */
export function toLocalPath(windowsPath: string): string | null {
  if (!/^[Cc]:\\/.test(windowsPath) || windowsPath.includes("/")) return null;
  return `${DRIVE}/${windowsPath.slice(3).replaceAll("\\", "/")}`;
}

const usedPaths = new Set<string>();

/**
 * Reads a script as netsh does. Returns null where there is none. Throws Refusal where it is not ASCII or a line does
 * not end in CRLF: netsh would read something else. Counts a violation where somebody who is not elevated could
 * have written it.
 */
export async function readScript(windowsPath: string, machine: SimulatedWindows): Promise<string[] | null> {
  const path = toLocalPath(windowsPath);
  if (path === null) throw new Refusal(`script path ${windowsPath}: not on a Windows drive`);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch {
    return null;
  }
  for (const flaw of await findFlaws(windowsPath, path)) machine.violate(`script ${windowsPath}: ${flaw}`);
  usedPaths.add(path);
  if (bytes.some((byte) => byte >= 0x80)) throw new Refusal(`script ${windowsPath} is not ASCII`);
  const lines = new TextDecoder().decode(bytes).split("\r\n");
  if (lines.pop() !== "" || lines.some((line) => /[\r\n\0]/.test(line))) {
    throw new Refusal(`script ${windowsPath}: a line does not end in CRLF`);
  }
  return lines;
}

/** Why somebody who is not elevated could have written the file. */
export async function findFlaws(windowsPath: string, path: string): Promise<string[]> {
  const flaws: string[] = [];
  const folder = windowsPath.slice(0, windowsPath.lastIndexOf("\\"));
  if (folder.toLowerCase() !== PROTECTED.toLowerCase()) flaws.push(`not in ${PROTECTED}`);
  if (usedPaths.has(path)) flaws.push("the name was used before: it can be guessed");
  for (const part of [path, path.slice(0, path.lastIndexOf("/"))]) {
    const info = await Deno.lstat(part);
    if (info.isSymlink) flaws.push(`${part} is a link`);
    else if ((info.mode! & 0o022) !== 0) flaws.push(`${part} has mode ${(info.mode! & 0o777).toString(8)}`);
  }
  return flaws;
}
