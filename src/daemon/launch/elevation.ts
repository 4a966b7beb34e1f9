import { messageOf } from "../../process/command.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import { parseRunAs, REFUSED, runAsWords } from "../../windows/run/run_as.ts";
import { findWindows, requireAdministrator } from "../open/open_windows.ts";
import { formatOwnSession, type SessionOptions } from "./own_session.ts";
import { selfCommand } from "./self_command.ts";
import { ExitCode } from "../exit_code.ts";
import { Refusal } from "../refusal.ts";

/** How long the user has to answer Windows' question, in milliseconds; Windows itself gives up after two minutes. */
const ANSWER_MS = 180_000;

/** Where every Windows with WSL has wsl.exe. An absolute path: what a search might find first would run as administrator. */
const WSL_PATH = "C:\\Windows\\System32\\wsl.exe";

const BY_HAND = "open a terminal with `Run as administrator` and start wslfwd there";

/**
 * Has Windows ask the user, once, and start this wslfwd again as administrator in a window of its own. Resolves with false,
 * and does nothing, where Windows lets us change rules already. Throws Refusal where the user says no, or cannot be asked.
 */
export async function elevate(options: Omit<SessionOptions, "command">): Promise<boolean> {
  const { programs, user } = await findWindows();
  if (user.isElevated) return false;
  requireAdministrator(user);
  const words = runAsWords(WSL_PATH, await formatOwnSession({ ...options, command: selfCommand }));
  let code: number;
  try {
    const result = await programs.run("WindowsPowerShell/v1.0/powershell.exe", words, ANSWER_MS);
    code = parseRunAs(decodeOutput(result.stdout));
  } catch (error) {
    throw refuse(`Windows could not be asked for an administrator's rights: ${messageOf(error)}`);
  }
  if (code === 0) return true;
  throw code === REFUSED
    ? refuse("Windows was not allowed to start wslfwd as administrator (the question was answered with no)")
    : refuse(
      `Windows cannot ask for an administrator's rights here (${
        code === -1 ? "no error code" : `error ${code}`
      })`,
    );
}

function refuse(message: string): Refusal {
  return new Refusal(ExitCode.NOT_ELEVATED, `${message}; ${BY_HAND}`);
}
