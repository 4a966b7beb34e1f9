import { CommandError } from "../../process/command.ts";
import { decodeOutput, splitLines } from "./output_text.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";

/** What to ask of tasklist.exe: the process with an id, as CSV without titles. */
export function tasklistWords(pid: number): string[] {
  return ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"];
}

/**
 * Reads the name of the process out of what tasklist.exe printed for {@link tasklistWords}, in any language: of a row in
 * quotes the first word is the name and the second the id. Null where there is no such process (a sentence says so).
 */
export function parseProcessName(output: string, pid: number): string | null {
  for (const line of splitLines(output)) {
    const row = /^"([^"]+)","(\d+)",/.exec(line);
    if (row !== null && Number(row[2]) === pid) return row[1]!;
  }
  return null;
}

/** The name of a process of Windows; null where it cannot be told within this time. Never rejects. Hostile text. */
export async function readProcessName(
  programs: WindowsPrograms,
  pid: number,
  timeoutMs: number,
): Promise<string | null> {
  try {
    const { exitCode, stdout } = await programs.run("tasklist.exe", tasklistWords(pid), timeoutMs);
    return exitCode === 0 ? parseProcessName(decodeOutput(stdout), pid) : null;
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}
