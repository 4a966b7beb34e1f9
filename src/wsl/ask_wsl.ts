import { CommandError, runCommand } from "../process/command.ts";

/**
 * Where WSL's own programs are. They are links that its init makes to itself, at `/bin` whatever the distro has there, and it
 * goes by the name that it was called by: so they are called as they are, never by what they lead to. A distro whose /bin
 * is a folder of its own has none in /usr/bin. (Read in WSL's source: src/linux/init/config.cpp, init.cpp.)
 */
const FOLDER = "/bin";

/** How one of them is asked. */
export interface Question {
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Its whole environment; ours where left out. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `wslinfo` or `wslpath` prints, without the line end behind it. Null where this WSL has no such program, and where it
 * fails or does not answer.
 */
export async function askWsl(
  program: "wslinfo" | "wslpath",
  args: readonly string[],
  question: Question,
): Promise<string | null> {
  try {
    const { exitCode, stdout } = await runCommand(`${FOLDER}/${program}`, args, question);
    return exitCode === 0 ? new TextDecoder().decode(stdout).replace(/\r?\n$/, "") : null;
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}
