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

/** How long wslpath may take to answer: it is a program of Linux, though it asks Windows. */
const WSLPATH_TIMEOUT_MS = 5000;

/**
 * Finds System32: as `wslpath` says, else below the mount point of C: in /proc/mounts, else /mnt/c/Windows/System32. No
 * environment variable has a say in it. Null where netsh.exe is in none of them.
 */
export async function findSystem32(): Promise<string | null> {
  const mount = findDriveMount(await Deno.readTextFile("/proc/mounts"), "C");
  const candidates = [await askWslpath(), mount === null ? null : `${mount}/Windows/System32`];
  candidates.push("/mnt/c/Windows/System32");
  return candidates.find((path) => path !== null && isFile(`${path}/netsh.exe`)) ?? null;
}

async function askWslpath(): Promise<string | null> {
  try {
    const args = ["-u", "C:\\Windows\\System32"];
    const result = await runCommand("/usr/bin/wslpath", args, { timeoutMs: WSLPATH_TIMEOUT_MS });
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

  /** Runs a program; looks for the interop socket again, once, where the one that was found is dead. */
  async run(
    name: string,
    args: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<CommandResult> {
    const first = await this.#runOnce(name, args, timeoutMs, signal);
    // A dead session's socket: exit 1, and no output or a line of WSL's init. The program itself never ran.
    return isInteropFailure(first) ? await this.#runOnce(name, args, timeoutMs, signal) : first;
  }

  #runOnce(
    name: string,
    args: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<CommandResult> {
    return runCommand(`${this.#system32}/${name}`, args, {
      timeoutMs,
      signal,
      // On a Linux path, Windows programs complain or take the UNC path.
      cwd: this.#system32,
      env: interopEnvironment(),
    });
  }
}

/** The whole environment for a program that WSL has to start or answer: where its socket is, and nothing of ours. */
export function interopEnvironment(): Record<string, string> {
  const socket = findInteropSocket(readInteropView());
  return { PATH: "/usr/bin:/bin", ...(socket === null ? {} : { WSL_INTEROP: socket }) };
}

/** Whether WSL, not the program, ended with this result. No program that we run fails without a word. */
export function isInteropFailure(result: CommandResult): boolean {
  const decoder = new TextDecoder("latin1");
  const stdout = decoder.decode(result.stdout), stderr = decoder.decode(result.stderr);
  // Where the kernel does not know Windows programs, execvp(3) hands the file to /bin/sh, which makes no sense of it.
  if ([2, 126, 127].includes(result.exitCode)) return stdout.trim() === "";
  return result.exitCode === 1 &&
    ((stdout + stderr).trim() === "" || (stdout + stderr).includes("UtilConnect"));
}
