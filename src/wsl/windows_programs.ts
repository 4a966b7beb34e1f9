import { CommandError, type CommandResult, runCommand } from "../process/command.ts";
import { ExhaustedError } from "../process/session_child.ts";
import { type ProcessOptions, type RunningProcess, startProcess } from "../process/start_process.ts";
import { findInteropFailure, INTEROP_REMEDY, refusalWords } from "./interop_failure.ts";
import { INTEROP_SOCKETS, interopEnvironment, type InteropSockets } from "./interop_sockets.ts";

/** Runs programs of Windows. */
export interface WindowsPrograms {
  /** Where the Windows folder is mounted, without a slash at the end; null where no drive is. */
  readonly windowsFolder: string | null;
  /**
   * Runs `name` of System32 (or a path from there, also one that begins with `../`) to its end, whatever its exit status.
   * `variables`: what it finds in its environment on Windows besides what every program does. Throws CommandError.
   */
  run(
    name: string,
    args: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
    variables?: Readonly<Record<string, string>>,
  ): Promise<CommandResult>;
}

/** Also leaves them running. */
export interface ResidentPrograms extends WindowsPrograms {
  /**
   * Starts a program that is talked to while it runs; `name` as in {@link WindowsPrograms.run}. It ends on Windows with the
   * process that stands for it here (read in WSL's source: src/linux/init/binfmt.cpp). Throws CommandError.
   */
  start(
    name: string,
    args: readonly string[],
    options: Pick<ProcessOptions, "onLines" | "maxLineBytes">,
  ): RunningProcess;
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
export class InteropPrograms implements ResidentPrograms {
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
    variables: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    const path = this.#pathOf(name);
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
        env: { ...interopEnvironment(socket), ...passedOn(variables) },
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

  /** By the first socket that is not known to be dead: whoever starts a resident program starts it again when it ends. */
  start(
    name: string,
    args: readonly string[],
    options: Pick<ProcessOptions, "onLines" | "maxLineBytes">,
  ): RunningProcess {
    const [program, words] = wordsToStart(this.#pathOf(name), args);
    return startProcess(program, words, {
      ...options,
      hasInput: true,
      cwd: this.#system32,
      env: interopEnvironment(),
    });
  }

  #pathOf(name: string): string {
    return name.startsWith("../") ? `${this.windowsFolder}/${name.slice(3)}` : `${this.#system32}/${name}`;
  }
}

/** Variables, and the one by which WSL passes them on as they are (`/w`: only from Linux to Windows). */
function passedOn(variables: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(variables);
  return names.length === 0 ? {} : { ...variables, WSLENV: names.map((name) => `${name}/w`).join(":") };
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
