import { CommandError, type CommandResult, runCommand } from "../process/command.ts";
import { findInteropSocket, readInteropView } from "./interop.ts";
import { findDriveMount } from "./mounts.ts";

/** Runs programs of Windows. */
export interface WindowsPrograms {
  /** Where the Windows folder is mounted, without a slash at the end; null where no drive is. */
  readonly windowsFolder: string | null;
  /** Runs `name` of System32 (or a path below it) to its end, whatever its exit status. Throws CommandError. */
  run(
    name: string,
    args: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<CommandResult>;
}

/** How many interop sockets are tried: that of the environment, of a parent, of process 1. */
const MAX_ATTEMPTS = 3;

/** How long wslpath may take to answer: it is a program of Linux, though it asks Windows. */
const WSLPATH_TIMEOUT_MS = 5000;

/**
 * Finds System32: as `wslpath` says, else below the mount point of C: in /proc/mounts, else /mnt/c/Windows/System32. No
 * environment variable has a say in it. Null where netsh.exe is in none of them.
 */
export async function findSystem32(signal?: AbortSignal): Promise<string | null> {
  const mount = findDriveMount(await Deno.readTextFile("/proc/mounts"), "C");
  const candidates = [await askWslpath(signal), mount === null ? null : `${mount}/Windows/System32`];
  candidates.push("/mnt/c/Windows/System32");
  return candidates.find((path) => path !== null && isFile(`${path}/netsh.exe`)) ?? null;
}

async function askWslpath(signal?: AbortSignal): Promise<string | null> {
  try {
    const args = ["-u", "C:\\Windows\\System32"];
    const result = await runCommand("/usr/bin/wslpath", args, { timeoutMs: WSLPATH_TIMEOUT_MS, signal });
    const path = new TextDecoder().decode(result.stdout).trimEnd();
    return result.exitCode === 0 && /^\/[^\n]*$/.test(path) ? path.replace(/\/$/, "") : null;
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The programs below a System32 folder, run by WSL's interop. */
export class InteropPrograms implements WindowsPrograms {
  /** Where the Windows folder is mounted. */
  readonly windowsFolder: string;
  readonly #system32: string;

  /** `system32`: as {@link findSystem32} found it. */
  constructor(system32: string) {
    this.#system32 = system32;
    this.windowsFolder = system32.slice(0, system32.lastIndexOf("/"));
  }

  /**
   * Runs a program; where the interop socket that was found is dead, by the next one. Throws CommandError of reason `start`
   * where none serves.
   */
  async run(
    name: string,
    args: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<CommandResult> {
    const dead = new Set<string>();
    for (let attempt = 1;; attempt++) {
      const socket = findInteropSocket(readInteropView(), dead);
      const result = await runCommand(`${this.#system32}/${name}`, args, {
        timeoutMs,
        signal,
        // On a Linux path, Windows programs complain or take the UNC path.
        cwd: this.#system32,
        env: environmentWith(socket),
      });
      if (!isInteropFailure(result)) return result;
      // A session that dies with its programs ends them without a word. What they did is not known: never twice.
      if (socket !== null && isSilent(result)) return result;
      if (attempt === MAX_ATTEMPTS) {
        const message = "WSL's interop does not answer";
        throw new CommandError(result.argv, "start", message, result.durationMs);
      }
      if (socket !== null) dead.add(socket);
    }
  }
}

/** The whole environment for a program that WSL has to start or answer: where its socket is, and nothing of ours. */
export function interopEnvironment(): Record<string, string> {
  return environmentWith(findInteropSocket(readInteropView()));
}

function environmentWith(socket: string | null): Record<string, string> {
  return { PATH: "/usr/bin:/bin", ...(socket === null ? {} : { WSL_INTEROP: socket }) };
}

/** Whether WSL, not the program, ended with this result. No program that we run fails without a word, be it an empty line. */
export function isInteropFailure(result: CommandResult): boolean {
  const text = textOf(result.stdout, result.stderr);
  // Where the kernel does not know Windows programs, execvp(3) hands the file to /bin/sh, which makes no sense of it.
  if ([2, 126, 127].includes(result.exitCode)) return textOf(result.stdout) === "";
  return result.exitCode === 1 && (text === "" || text.includes("UtilConnect"));
}

function isSilent({ stdout, stderr }: CommandResult): boolean {
  return textOf(stdout, stderr) === "";
}

function textOf(...streams: readonly Uint8Array[]): string {
  return streams.map((bytes) => new TextDecoder("latin1").decode(bytes)).join("");
}
