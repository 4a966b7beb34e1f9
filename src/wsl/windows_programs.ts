import { CommandError, type CommandResult, runCommand } from "../process/command.ts";
import { ExhaustedError } from "../process/session_child.ts";
import { findInteropFailure, INTEROP_REMEDY, refusalWords } from "./interop_failure.ts";
import { INTEROP_SOCKETS, interopEnvironment, type InteropSockets } from "./interop_sockets.ts";

/** Runs programs of Windows. */
export interface WindowsPrograms {
  /** Where the Windows folder is mounted, without a slash at the end; null where no drive is. */
  readonly windowsFolder: string | null;
  /** Runs `name` of System32 (or a path below it) to its end, whatever its exit status. Throws CommandError. */
  run(
    name: string,
    args: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<CommandResult>;
}

/** How often a program is tried where no socket is found: WSL's init looks for one of its own. */
const MAX_BLIND_TRIES = 3;

/** What WSL's kernel would start for a Windows program. */
const INIT = "/init";

/** What is said where WSL does not start anything, and where Windows does not. */
const NO_INTEROP = `WSL's interop does not answer; ${INTEROP_REMEDY}`;
const REFUSED =
  "have whoever manages this computer allow it (AppLocker, Application Control), or repair Windows";

/** The programs below a System32 folder, run by WSL's interop. */
export class InteropPrograms implements WindowsPrograms {
  /** Where the Windows folder is mounted. */
  readonly windowsFolder: string;
  readonly #system32: string;
  readonly #sockets: InteropSockets;

  /** `system32`: as `findSystem32` found it. */
  constructor(system32: string, sockets: InteropSockets = INTEROP_SOCKETS) {
    this.#system32 = system32;
    this.windowsFolder = system32.slice(0, system32.lastIndexOf("/"));
    this.#sockets = sockets;
  }

  /**
   * Runs a program; where the interop socket that was found is dead, by the next one. Throws CommandError of reason `start`
   * where none serves, and where Windows would not start it.
   */
  async run(
    name: string,
    args: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<CommandResult> {
    const path = `${this.#system32}/${name}`;
    for (let blindTries = 0;;) {
      const { living: [socket], deadCount } = this.#sockets.list();
      if (socket === undefined && deadCount > 0) throw notStarted([path, ...args], NO_INTEROP);
      const [program, words] = wordsToStart(path, args);
      const result = await runCommand(program, words, {
        timeoutMs,
        signal,
        meant: [path, ...args],
        // On a Linux path, Windows programs complain or take the UNC path.
        cwd: this.#system32,
        env: interopEnvironment(socket),
      }).catch(addRemedy);
      const failure = findInteropFailure(result);
      if (failure === null) return result;
      if (failure === "refused") {
        throw notStarted(
          result.argv,
          `Windows refused to start ${name} (${refusalWords(result)}); ${REFUSED}`,
        );
      }
      // A session that dies with its programs ends them without a word. What they did is not known: never twice.
      if (socket !== undefined && failure === "silent") return result;
      if (socket !== undefined && failure !== "unknown") this.#sockets.noteDead(socket, failure === "dead");
      else if (++blindTries === MAX_BLIND_TRIES) throw notStarted(result.argv, NO_INTEROP);
    }
  }
}

/**
 * What the kernel makes of a Windows program where it knows such (binfmt_misc with the flags FP): WSL's init with the path
 * twice, since the second is the program's own argv[0]. Started so, it needs neither that entry, which other distros and
 * systemd wipe out (microsoft/WSL#8843, #10389), nor the right to execute on the drive (`fmask=111`, `noexec`), and the
 * kernel reads nothing of the drive. (Read in WSL's source: src/linux/init/init.cpp, binfmt.cpp.)
 */
function wordsToStart(path: string, args: readonly string[]): [string, readonly string[]] {
  return isFile(INIT) ? [INIT, [path, path, ...args]] : [path, args];
}

/** Where the kernel does not start it, WSL is not set up for that; else the error tells enough. */
function addRemedy(error: unknown): never {
  const isOfWsl = error instanceof CommandError && error.reason === "start" &&
    !(error.cause instanceof ExhaustedError);
  throw isOfWsl ? notStarted(error.argv, `${error.message}; ${INTEROP_REMEDY}`) : error;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function notStarted(argv: readonly string[], message: string): CommandError {
  return new CommandError(argv, "start", message, 0);
}
