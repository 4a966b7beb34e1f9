import { endProcess } from "./command.ts";

/**
 * Waits for a word or for the end of the pipe, whichever comes first. The word means that all is well; the end without
 * the word means that whoever held the other end was killed. The signals that a closing terminal sends are not for it.
 */
const SCRIPT = 'trap "" HUP INT TERM; read -r word && [ "$word" = bye ] && exit 0; ' +
  'printf %s "$1"; shift; exec "$@" >/dev/null';

/**
 * A tiny process (/bin/sh, blocked on a pipe, in a session of its own) that runs a command if we die without a word: by
 * SIGKILL, by lack of memory, by a fault of the runtime.
 */
export class DeadManSwitch {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /**
   * Throws what the system throws where no process can be started. `argv`: absolute path and arguments; `lastWords`: what
   * to print on our stdout before: what gives a terminal back.
   */
  constructor(argv: readonly string[], env: Readonly<Record<string, string>>, lastWords: string) {
    this.#child = new Deno.Command("/bin/sh", {
      args: ["-c", SCRIPT, "wslfwd-watchdog", lastWords, ...argv],
      env: { ...env },
      clearEnv: true,
      cwd: "/",
      stdin: "piped",
      // A pipe that we hold open would keep whoever reads it waiting for us.
      stdout: lastWords === "" ? "null" : "inherit",
      stderr: "null",
      detached: true,
    }).spawn();
    this.#child.unref();
    this.#writer = this.#child.stdin.getWriter();
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Ends it without running the command. */
  async disarm(): Promise<void> {
    this.#child.ref();
    try {
      await this.#writer.write(new TextEncoder().encode("bye\n"));
      await this.#writer.close();
      await this.#child.status;
    } catch {
      await endProcess(this.#child); // It has gone before us: somebody killed it.
    }
  }
}
