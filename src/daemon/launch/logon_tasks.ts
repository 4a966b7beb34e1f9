/** The two tasks of autostart: one boots the distro unelevated, the other starts wslfwd in it, elevated. */
import type { LogonTask, StoredTask } from "../../windows/session/logon_task.ts";
import { TaskError, TaskScheduler } from "../../windows/session/task_scheduler.ts";
import type { Windows } from "../open/open_windows.ts";

/** Runs a console program without a window. */
const CONHOST = "C:\\Windows\\System32\\conhost.exe";

/**
 * How long after the logon wslfwd is started: the distro is being booted by then. Both wsl.exe ask one service, which lets the
 * first one boot it and has the other wait (assumed; at a logon at which Windows takes longer than that to start the first, the
 * distro is elevated as before).
 */
const START_DELAY = "PT5S";

/**
 * How long the session that boots the distro stays, in seconds: without one, WSL ends the distro after 15 s, and the next one
 * to come boots it anew. Longer than the three more times, a minute apart, that Windows tries to start wslfwd.
 */
const BOOT_SESSION_S = 240;

/** Both tasks as Windows has them; null: there is none. */
export interface LogonTasks {
  /** The one that starts wslfwd. */
  readonly start: StoredTask | null;
  /** The one that boots the distro before. */
  readonly boot: StoredTask | null;
}

/** The scheduler for the task that starts wslfwd. */
export function startScheduler({ programs, owner }: Windows): TaskScheduler {
  return new TaskScheduler(programs, owner, "start");
}

/** The scheduler for the task that boots the distro. */
export function bootScheduler({ programs, owner }: Windows): TaskScheduler {
  return new TaskScheduler(programs, owner, "boot");
}

/** Both tasks. Throws TaskError, and OutputSyntaxError for one that is none of ours. */
export async function readLogonTasks(windows: Windows): Promise<LogonTasks> {
  const [start, boot] = await Promise.all([startScheduler(windows).read(), bootScheduler(windows).read()]);
  return { start, boot };
}

/**
 * Makes both tasks, or replaces those that are there; where the second cannot be made, the first is again what it was.
 * `wsl`: the Windows path of wsl.exe. `session`: what it is told so that wslfwd runs. `program`: wslfwd's file. Whoever boots a
 * distro lends his rights to `/run/WSL/1_interop` and to each service of systemd, until it stops (read in WSL's source,
 * WslCoreInstance.cpp). Throws TaskError, and RangeError for what a task cannot hold.
 */
export async function createLogonTasks(
  windows: Windows,
  { wsl, session, program }: { readonly wsl: string; readonly session: string; readonly program: string },
): Promise<void> {
  const boot = bootScheduler(windows), { sid } = windows.user;
  const before = await boot.read();
  // The harmless one first: killed in between, nothing is elevated that was not.
  await boot.create(sid, bootTask(wsl, findDistro(session)));
  try {
    await startScheduler(windows).create(sid, {
      command: CONHOST,
      commandLine: `--headless "${wsl}" ${session}`,
      program,
      isElevated: true,
      delay: START_DELAY,
    });
  } catch (error) {
    await takeBack(boot, sid, before, error);
    throw error;
  }
}

async function takeBack(
  boot: TaskScheduler,
  sid: string,
  before: StoredTask | null,
  cause: unknown,
): Promise<void> {
  try {
    if (before === null) await boot.delete();
    else await boot.create(sid, before);
  } catch (error) {
    if (!(error instanceof TaskError) || !(cause instanceof Error)) throw error;
    throw new TaskError(`${cause.message}; the task ${boot.name} stays (${error.message})`, { cause });
  }
}

/** Deletes both tasks; whether there was one. Throws TaskError. */
export async function deleteLogonTasks(windows: Windows): Promise<boolean> {
  const hadStart = await startScheduler(windows).delete();
  return await bootScheduler(windows).delete() || hadStart;
}

/**
 * Why the whole distro, and not wslfwd alone, is elevated by the task that starts wslfwd, and what to do; null where it is not,
 * or nothing starts wslfwd. `name`: of the task that boots it.
 */
export function findBootFault({ start, boot }: LogonTasks, name: string): string | null {
  if (start === null || !start.isEnabled) return null;
  const why = boot === null
    ? `there is no task ${name} that boots the distro before wslfwd`
    : !boot.isEnabled
    ? `the task ${name}, which boots the distro before wslfwd, is switched off`
    : boot.isElevated
    ? `the task ${name}, which boots the distro before wslfwd, is elevated itself`
    : findDistro(boot.commandLine) !== findDistro(start.commandLine)
    ? `the task ${name} boots another distro than that of wslfwd`
    : start.delay === null
    ? `the task ${name}, which boots the distro, is not given time before wslfwd`
    : null;
  return why === null
    ? null
    : `at logon the whole distro gets your administrator's rights, since ${why}; make both tasks again: ` +
      "wslfwd autostart enable [options]";
}

/** The distro that wsl.exe is told in a command line of ours; null where it is none of ours. */
export function findDistro(commandLine: string): string | null {
  return /(?:^| )-d (\S+) /.exec(commandLine)?.[1] ?? null;
}

/** Boots a distro with the rights of programs that are started by hand. `env`: where `sleep` is differs from distro to distro. */
function bootTask(wsl: string, distro: string | null): LogonTask {
  return {
    command: CONHOST,
    commandLine: `--headless "${wsl}" -d ${distro} -u root -e "/usr/bin/env" "sleep" "${BOOT_SESSION_S}"`,
    program: null,
    isElevated: false,
    delay: null,
  };
}
