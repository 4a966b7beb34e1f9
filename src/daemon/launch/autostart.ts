import { findTrustedProgram } from "../../linux/proc/trusted_program.ts";
import type { LogonTask } from "../../windows/session/logon_task.ts";
import { OutputSyntaxError } from "../../windows/run/syntax_error.ts";
import { TaskError, TaskScheduler } from "../../windows/session/task_scheduler.ts";
import { askInstance } from "../instance/instance_lock.ts";
import { findWindows, requireElevation, type Windows } from "../open/open_windows.ts";
import { formatOwnSession, type SessionOptions } from "./own_session.ts";
import { ExitCode, Refusal } from "../refusal.ts";
import { selfCommand } from "./self_command.ts";

/** Runs a console program without a window. */
const CONHOST = "C:\\Windows\\System32\\conhost.exe";

/** Where wsl.exe is, the one that is kept up to date first; as Windows and as `windowsFolder` has it. */
const WSL_PATHS: readonly (readonly [windowsPath: string, below: string])[] = [
  ["C:\\Program Files\\WSL\\wsl.exe", "../Program Files/WSL/wsl.exe"],
  ["C:\\Windows\\System32\\wsl.exe", "System32/wsl.exe"],
];

/** Whether wslfwd starts by itself. */
export interface Autostart {
  /** The task; null where there is none. */
  readonly task: LogonTask | null;
  /** Whether it does: there is a task, and nobody has switched it off. */
  readonly isEnabled: boolean;
}

/**
 * Has Windows start this wslfwd whenever its user logs on; a task that is there is replaced. Returns why somebody else could
 * make that task start something else, null where nobody could. Throws Refusal.
 */
export async function enableAutostart(options: SessionOptions): Promise<string | null> {
  const windows = await findWindows();
  requireElevation(windows);
  const session = await formatOwnSession(options);
  const commandLine = `--headless "${await findWsl(windows)}" ${session}`;
  await refuseTaskErrors(async () => {
    await scheduler(windows).create(windows.user.sid, { command: CONHOST, commandLine });
  });
  // The folder for scripts is that of a wslfwd that runs.
  if (await askInstance() === null) await windows.host.removeScripts();
  return findWeakness();
}

/** Deletes the task; whether there was one. The rules are another matter. Throws Refusal. */
export async function disableAutostart(): Promise<boolean> {
  const windows = await findWindows();
  requireElevation(windows);
  return await refuseTaskErrors(() => scheduler(windows).delete());
}

/** Reads whether wslfwd starts by itself; needs no elevation. Throws Refusal. */
export async function readAutostart(): Promise<Autostart> {
  const windows = await findWindows();
  const task = await refuseTaskErrors(() => scheduler(windows).read());
  return { task, isEnabled: task?.isEnabled ?? false };
}

/** Starts now what Windows starts at logon, in its own session; whether there is such a task. Throws Refusal. */
export async function startAutostart(): Promise<boolean> {
  const windows = await findWindows();
  return await refuseTaskErrors(() => scheduler(windows).run());
}

function scheduler({ programs, owner }: Windows): TaskScheduler {
  return new TaskScheduler(programs, owner);
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
  const [path] = selfCommand([]).filter((word) => word.startsWith("/") && word !== "/usr/bin/env");
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
