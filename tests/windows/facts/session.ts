/** The task that starts wslfwd at logon, made and read back, never run; what sessions of WSL do (sections 5 to 7). */
import { parseWindowsUser, WHOAMI } from "../../../src/windows/session/windows_user.ts";
import { TaskScheduler } from "../../../src/windows/session/task_scheduler.ts";
import { confirmed, type Fact, impossible, judge, otherwise } from "../fact.ts";
import { holdPort } from "./hold_port.ts";
import { OWNER } from "../samples.ts";

/** What it would start: something that is there and does nothing. */
const TASK = {
  command: "C:\\Windows\\System32\\whoami.exe",
  commandLine: `/user "a b" & ' < é`,
  program: null,
  isElevated: true,
  delay: "PT5S",
};

/** Of sections 5 to 7. */
export const SESSION_FACTS: readonly Fact[] = [
  {
    id: "task",
    claim:
      "schtasks makes a task of wslfwd's XML, shows it as it was made, and deletes it; what is missing ends with 1",
    attempt: async (world) => {
      const scheduler = new TaskScheduler(world.programs, OWNER, "start");
      const { sid } = parseWindowsUser((await world.run("whoami.exe", ...WHOAMI)).stdout);
      world.undo("schtasks.exe", "/Delete", "/TN", scheduler.name, "/F");
      const before = await scheduler.read();
      await scheduler.create(sid, TASK);
      const task = await scheduler.read();
      const wasThere = await scheduler.delete(), after = await scheduler.read();
      return judge({
        "missing before": before === null,
        "the same command": task?.command === TASK.command,
        // Its output is in the console's code page; what is not ASCII may be anything.
        "the same arguments": task?.commandLine.slice(0, -1).trimEnd() === TASK.commandLine.slice(0, -2),
        "enabled": task?.isEnabled === true,
        "elevated, after 5 s": task?.isElevated === true && task.delay === TASK.delay,
        "deleted": wasThere && after === null,
      }, `arguments ${task?.commandLine}`);
    },
  },
  {
    id: "conhost-headless",
    claim: "conhost.exe --headless runs a program to its end, without a window",
    attempt: async (world) => {
      const { exitCode, stdout } = await world.run("conhost.exe", "--headless", TASK.command, "/user");
      return exitCode === 0 ? confirmed() : otherwise(`exit ${exitCode}, ${stdout.trim()}`);
    },
  },
  {
    id: "language-mode",
    claim: "PowerShell compiles C#: nothing constrains its language",
    attempt: async (world) => {
      const { stdout } = await world.powershell("$ExecutionContext.SessionState.LanguageMode");
      return stdout.trim() === "FullLanguage" ? confirmed() : otherwise(stdout.trim());
    },
  },
  {
    id: "interop-kill",
    claim: "a console program is ended on Windows when what stands for it in WSL2 is killed",
    attempt: async (world) => {
      if (world.isNative) return impossible("this is Windows itself");
      await using held = await holdPort(world);
      if (held === null) return impossible("nothing could be made to listen on Windows");
      return await held.killClient() ? confirmed() : otherwise("it still listens");
    },
  },
  {
    id: "task-at-logon",
    claim: "the task starts wslfwd without a window when the user logs on",
    attempt: () => Promise.resolve(impossible("nobody logs on while this runs")),
  },
  {
    id: "interop-window",
    claim: "Windows programs that were started from a window are cut off when it closes",
    attempt: () => Promise.resolve(impossible("it closes no window of yours")),
  },
];
