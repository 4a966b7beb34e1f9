import { findTrustedProgram } from "../../linux/proc/trusted_program.ts";
import type { LogonTask } from "../../windows/session/logon_task.ts";
import { OutputSyntaxError } from "../../windows/run/syntax_error.ts";
import { TaskError } from "../../windows/session/task_scheduler.ts";
import { askInstance } from "../instance/instance_lock.ts";
import { findWindows, requireElevation, type Windows } from "../open/open_windows.ts";
import {
  bootScheduler,
  createLogonTasks,
  deleteLogonTasks,
  findBootFault,
  findDistro,
  readLogonTasks,
  startScheduler,
} from "./logon_tasks.ts";
import { formatOwnSession, type SessionOptions } from "./own_session.ts";
import { ExitCode } from "../exit_code.ts";
import { Refusal } from "../refusal.ts";
import { VERSION } from "./version.ts";
import { installedCommand } from "./self_command.ts";
import { CommandError, runCommand } from "../../process/command.ts";
import type { LastRun } from "../../windows/session/last_run.ts";
import { readDistroName } from "../../wsl/distro_name.ts";

/** Where wsl.exe is, the one that is kept up to date first; as Windows and as `windowsFolder` has it. */
const WSL_PATHS: readonly (readonly [windowsPath: string, below: string])[] = [
  ["C:\\Program Files\\WSL\\wsl.exe", "../Program Files/WSL/wsl.exe"],
  ["C:\\Windows\\System32\\wsl.exe", "System32/wsl.exe"],
];

/** How long another wslfwd may take to say its version, in milliseconds: it may have to unpack first. */
const VERSION_MS = 10_000;

/** Whether wslfwd starts by itself. */
export interface Autostart {
  /** When Windows last started it; null where there is no task, or it cannot be told. */
  readonly lastRun: LastRun | null;
  /** What is wrong with what the task starts, and what to do; null where nothing is, or there is no task. */
  readonly fault: string | null;
  /** The task; null where there is none. */
  readonly task: LogonTask | null;
  /** The task that boots the distro unelevated before; null where there is none. */
  readonly boot: LogonTask | null;
  /** What that one is called. */
  readonly bootName: string;
  /** Why not only wslfwd is elevated, and what to do; null where it alone is, or there is no task. */
  readonly bootFault: string | null;
  /** Whether it does: there is a task, and nobody has switched it off. */
  readonly isEnabled: boolean;
}

/**
 * Has Windows boot this distro unelevated and then start this wslfwd, elevated, whenever its user logs on; tasks that are there
 * are replaced. Returns why somebody else could make that start something else, null where nobody could. Throws Refusal.
 */
export async function enableAutostart(options: Omit<SessionOptions, "command">): Promise<string | null> {
  const windows = await findWindows();
  requireElevation(windows);
  const session = await formatOwnSession({ ...options, command: installedCommand });
  const wsl = await findWsl(windows);
  await refuseTaskErrors(() => createLogonTasks(windows, { wsl, session, program: installedProgram() }));
  // The folder for scripts is that of a wslfwd that runs.
  if (await askInstance() === null) await windows.host.removeScripts();
  return findWeakness();
}

/** Deletes both tasks; whether there was one. The rules are another matter. Throws Refusal. */
export async function disableAutostart(): Promise<boolean> {
  const windows = await findWindows();
  requireElevation(windows);
  return await refuseTaskErrors(() => deleteLogonTasks(windows));
}

/**
 * Reads whether wslfwd starts by itself, and whether what the task starts is there and of this version; needs no elevation.
 * `windows`: where it was found already. Throws Refusal.
 */
export async function readAutostart(windows?: Windows): Promise<Autostart> {
  const found = windows ?? await findWindows();
  const [tasks, lastRun] = await refuseTaskErrors(() =>
    Promise.all([readLogonTasks(found), startScheduler(found).readLastRun()])
  );
  const { start: task, boot } = tasks, { name: bootName } = bootScheduler(found);
  const bootFault = findBootFault(tasks, bootName);
  const rest = { task, boot, bootName, bootFault };
  if (task === null) return { ...rest, isEnabled: false, lastRun: null, fault: null };
  return { ...rest, isEnabled: task.isEnabled, lastRun, fault: await findFault(task) };
}

/** What is wrong with what a task starts. */
async function findFault({ program, commandLine }: LogonTask): Promise<string | null> {
  const again = "make the task again: wslfwd autostart enable [options]";
  const distro = findDistro(commandLine),
    here = await readDistroName(Deno.env.get("WSL_DISTRO_NAME"));
  // What is in another distro cannot be looked at from here.
  if (distro !== null && distro !== here) return null;
  if (program === null) return `the task is of an older wslfwd, and may start a file that is gone; ${again}`;
  const isThere = await Deno.stat(program).then(({ isFile }) => isFile, () => false);
  if (!isThere) return `the task starts ${program}, which is not there; ${again}`;
  if (program === installedProgram()) return null;
  const found = await readVersion(program);
  if (found === VERSION) return null;
  return `the task starts ${program}, which ${
    found === null ? "does not say its version" : `is version ${found}`
  }; this is ${VERSION}; ${again}`;
}

/** The version that a program says it is; null where it says none, or root had better not run it. */
async function readVersion(program: string): Promise<string | null> {
  const slash = program.lastIndexOf("/");
  if (findTrustedProgram(program.slice(slash + 1), [program.slice(0, slash)]).path === null) return null;
  try {
    const { stdout } = await runCommand(program, ["--version"], { timeoutMs: VERSION_MS });
    return /^wslfwd (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? null;
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}

/** The file that the task starts; what is before it in the command says only how. */
function installedProgram(): string {
  return installedCommand([]).filter((word) => word.startsWith("/") && word !== "/usr/bin/env").at(-1)!;
}

/** Starts now what Windows starts at logon, in its own session; whether there is such a task. Throws Refusal. */
export async function startAutostart(): Promise<boolean> {
  const windows = await findWindows();
  return await refuseTaskErrors(() => startScheduler(windows).run());
}

async function findWsl({ programs }: Windows): Promise<string> {
  for (const [windowsPath, below] of WSL_PATHS) {
    const isThere = await Deno.stat(`${programs.windowsFolder}/${below}`).then(() => true, () => false);
    if (isThere) return windowsPath;
  }
  throw new Refusal(
    ExitCode.UNSUPPORTED,
    "Cannot find wsl.exe in Program Files or System32; run wsl.exe --update",
  );
}

/** What is started as root at each logon had better be root's alone. */
function findWeakness(): string | null {
  const words = installedCommand([]).filter((word) => word.startsWith("/") && word !== "/usr/bin/env");
  const [path] = words;
  const slash = path!.lastIndexOf("/");
  const { refusal } = findTrustedProgram(path!.slice(slash + 1), [path!.slice(0, slash)]);
  return refusal;
}

async function refuseTaskErrors<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof TaskError || error instanceof OutputSyntaxError || error instanceof RangeError) {
      throw new Refusal(ExitCode.FAILED, `${error.message}; look at it in Windows: taskschd.msc`, {
        cause: error,
      });
    }
    throw error;
  }
}
