import { askInstance, type InstanceAnswer } from "../../daemon/instance/instance_lock.ts";
import { startAutostart } from "../../daemon/launch/autostart.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { Refusal } from "../../daemon/refusal.ts";
import type { Output } from "../screen/output.ts";

/** How often, and how many times at most, the one that was started is looked for: the scheduler and wsl.exe take seconds. */
const LOOK_MS = 200, MAX_LOOKS = 150;

/** `start`: has Windows start now what autostart starts at logon, in the background and without asking. Throws Refusal. */
export async function startTask(stdout: Output): Promise<number> {
  const running = await askInstance();
  if (running !== null) {
    const message = `wslfwd is already running in this VM (pid ${running.pid}); see wslfwd status`;
    throw new Refusal(ExitCode.ALREADY_RUNNING, message);
  }
  if (!await startAutostart()) {
    throw new Refusal(
      ExitCode.FAILED,
      "autostart is off, so there is nothing to start without being asked; switch it on with: wslfwd autostart enable " +
        "[options]; or start wslfwd in a terminal opened as administrator",
    );
  }
  const { pid } = await waitForInstance();
  stdout.write(
    `wslfwd runs in the background now (pid ${pid}); see wslfwd status; to end it: sudo wslfwd stop\n`,
  );
  return ExitCode.OK;
}

async function waitForInstance(): Promise<InstanceAnswer> {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const instance = await askInstance();
    if (instance !== null) return instance;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Refusal(
    ExitCode.FAILED,
    `Windows has started the task, but no wslfwd runs after ${
      LOOK_MS * MAX_LOOKS / 1000
    } s; see wslfwd autostart status`,
  );
}
