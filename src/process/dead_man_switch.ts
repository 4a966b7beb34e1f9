import { endProcess } from "./command.ts";

/**
 * Waits for words or for the end of the pipe, whichever comes first. `bye` means that all is well; the end without it means
 * that whoever held the other end was killed. Between `held` and `free` a terminal is to be given back then: by the last words,
 * and by undoing what Deno's raw mode sets. The signals that a closing terminal sends are not for it.
 */
const SCRIPT = 'trap "" HUP INT TERM; held=; ' +
  "while read -r word; do case $word in bye) exit 0;; held) held=1;; free) held=;; esac; done; " +
  'if [ -n "$held" ]; then stty icanon echo iexten icrnl ixon brkint <&1 2>/dev/null; printf %s "$1"; fi; ' +
  'shift; exec "$@" >/dev/null';

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

  /** Says whether the terminal is ours to give back, from now on. */
  noteHeld(isHeld: boolean): void {
    this.#writer.write(new TextEncoder().encode(isHeld ? "held\n" : "free\n")).catch(() => {
      // It has gone before us: somebody killed it.
    });
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
