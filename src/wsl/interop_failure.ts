import type { CommandResult } from "../process/command.ts";

/**
 * How WSL failed where it, not the program, ended with a result (read in WSL's source: src/linux/init/binfmt.cpp, util.cpp):
 *
 * - `dead`: nobody took the connection (`UtilConnectUnix`, `UtilConnectVsock`), for good;
 * - `unanswered`: Windows did not answer within ten seconds (`UtilAcceptVsock: accept4 failed 110`). It connects before it
 *   creates the process, so that nothing was started, and another socket may be tried;
 * - `refused`: Windows would not create the process: WSL prints its path and why not;
 * - `unknown`: the kernel does not know Windows programs, and a shell made no sense of the file;
 * - `silent`: without a word, be it an empty line, as no program that we run fails: its session ended, or there was none. What
 *   it did is not known.
 */
export type InteropFailure = "dead" | "unanswered" | "refused" | "unknown" | "silent";

/** What to do where WSL does not start Windows programs. */
export const INTEROP_REMEDY =
  "see `[interop]` in /etc/wsl.conf, or run `wsl --shutdown` in Windows and start again";

/** Null where the program itself ended so. */
export function findInteropFailure(result: CommandResult): InteropFailure | null {
  const stdout = decode(result.stdout), stderr = decode(result.stderr);
  // Where the kernel does not know Windows programs, execvp(3) hands the file to /bin/sh, which makes no sense of it.
  if ([2, 126, 127].includes(result.exitCode)) return stdout === "" ? "unknown" : null;
  if (result.exitCode !== 1) return null;
  if (stderr.includes("UtilAcceptVsock")) return "unanswered";
  if (stderr.includes("UtilConnect")) return "dead";
  if (stdout !== "") return null;
  if (stderr === "") return "silent";
  return stderr.startsWith(`${result.argv[0]}: `) ? "refused" : null;
}

/** Whether WSL, not the program, ended with this result. */
export function isInteropFailure(result: CommandResult): boolean {
  return findInteropFailure(result) !== null;
}

/** Why Windows would not create the process, in the words of the guest's C library; for a result that is `refused`. */
export function refusalWords({ argv, stderr }: CommandResult): string {
  return decode(stderr).slice(`${argv[0]}: `.length).split("\n")[0]!.trim();
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
