import { CommandError } from "../../process/command.ts";
import { formatLogonTask, type LogonTask, parseLogonTask, type StoredTask } from "./logon_task.ts";
import { decodeOutput } from "../run/output_text.ts";
import { ScriptFolder } from "../portproxy/script/protected_folder.ts";
import { type LastRun, parseLastRun } from "./last_run.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";

/** How long schtasks.exe may take, in milliseconds. */
const TIMEOUT_MS = 20_000;

/** A task could not be made, read or deleted. The message says what was wanted and what was found. */
export class TaskError extends Error {
  /** The class's name, for logs. */
  override readonly name = "TaskError";
}

/** One of the two tasks of a Windows user in the scheduler of Windows. */
export class TaskScheduler {
  readonly #programs: WindowsPrograms;
  readonly #owner: string;
  /** What the task is called. */
  readonly name: string;

  /**
   * `owner`: eight hexadecimal digits that stand for the user; each has tasks of their own. `role`: `start` for the one that
   * starts wslfwd, `boot` for the one that boots the distro before that.
   */
  constructor(programs: WindowsPrograms, owner: string, role: "start" | "boot") {
    this.#programs = programs;
    this.#owner = owner;
    this.name = role === "start" ? `wslfwd-${owner}` : `wslfwd-${owner}-boot`;
  }

  /** Makes the task, or replaces it. `sid`: of the user. Throws TaskError, and RangeError for what a task cannot hold. */
  async create(sid: string, task: LogonTask): Promise<void> {
    const { windowsFolder } = this.#programs;
    if (windowsFolder === null) throw new TaskError("Cannot make a task: no drive of Windows is mounted");
    const folder = new ScriptFolder(windowsFolder, this.#owner);
    const text = formatLogonTask(sid, task);
    // Whoever could write this file would run programs with the user's highest rights.
    const file = await folder.write(text).catch((error) => {
      throw new TaskError(`Cannot write to C:\\Windows\\wslfwd: ${error.message}`);
    });
    try {
      const words = ["/Create", "/TN", this.name, "/XML", file.windowsPath, "/F"];
      const { exitCode } = await this.#run(words);
      if (exitCode !== 0) {
        throw new TaskError(`Windows did not make the task: schtasks.exe ended with ${exitCode}`);
      }
    } finally {
      await file.remove();
    }
  }

  /** The task; null where there is none. Throws TaskError, and OutputSyntaxError for one that is none of ours. */
  async read(): Promise<StoredTask | null> {
    const { exitCode, stdout } = await this.#run(["/Query", "/TN", this.name, "/XML"]);
    // 1 means that there is none: anybody may read their own tasks.
    return exitCode === 0 ? parseLogonTask(decodeOutput(stdout)) : null;
  }

  /** When the task was last started, and how that ended; null where it cannot be told. Throws TaskError. */
  async readLastRun(): Promise<LastRun | null> {
    const { exitCode, stdout } = await this.#run(["/Query", "/TN", this.name, "/V", "/FO", "CSV", "/NH"]);
    return exitCode === 0 ? parseLastRun(decodeOutput(stdout)) : null;
  }

  /**
   * Starts the task now; whether there is one. Its user may do so without elevation and is not asked, since that was settled
   * when it was made (Microsoft: "Run a task on demand"; assumed for tasks with highest rights). Throws TaskError.
   */
  async run(): Promise<boolean> {
    const { exitCode } = await this.#run(["/Run", "/TN", this.name]);
    if (exitCode === 0) return true;
    if (await this.read() === null) return false;
    throw new TaskError(`Windows did not start the task: schtasks.exe ended with ${exitCode}`);
  }

  /** Deletes the task; whether there was one. Throws TaskError. */
  async delete(): Promise<boolean> {
    const { exitCode } = await this.#run(["/Delete", "/TN", this.name, "/F"]);
    if (exitCode === 0) return true;
    // It ends so where there is none, and where it failed.
    if (await this.read() === null) return false;
    throw new TaskError(`Windows did not delete the task: schtasks.exe ended with ${exitCode}`);
  }

  async #run(words: readonly string[]): Promise<{ exitCode: number; stdout: Uint8Array }> {
    try {
      return await this.#programs.run("schtasks.exe", words, TIMEOUT_MS);
    } catch (error) {
      if (error instanceof CommandError) {
        throw new TaskError(`schtasks.exe: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }
}
