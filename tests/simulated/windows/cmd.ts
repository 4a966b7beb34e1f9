/** cmd.exe with the few commands that wslfwd gives it. */
import { CallStopped } from "./calls.ts";
import type { Call } from "./calls.ts";
import { type CmdNode, parseCmdLine } from "./cmd_syntax.ts";
import { toLocalPath } from "./drive.ts";
import { showListeners } from "./network_programs.ts";
import { runNetsh } from "./netsh.ts";
import type { Answer } from "./programs.ts";
import { runReg } from "./registry.ts";
import type { SimulatedWindows } from "./windows.ts";
import { Refusal } from "./words.ts";

const SYSTEM32 = "C:\\Windows\\System32\\";

/** Runs `cmd.exe /d /c LINE`, as WSL puts the line together of its words: none may need quotes. */
export async function runCmd(
  args: readonly string[],
  machine: SimulatedWindows,
  call: Call,
): Promise<Answer> {
  if (args[0] !== "/d" || args[1] !== "/c" || args.some((word) => /[\s"]/.test(word) || word === "")) {
    throw new Refusal();
  }
  const succeeded = await new Line(machine, call).run(parseCmdLine(args.slice(2).join(" ")));
  return { stdout: "", exitCode: succeeded ? 0 : 1 };
}

/** One line at work. */
class Line {
  readonly #machine: SimulatedWindows;
  readonly #call: Call;

  constructor(machine: SimulatedWindows, call: Call) {
    this.#machine = machine;
    this.#call = call;
  }

  /** Whether the last command succeeded. Throws CallStopped. */
  async run(node: CmdNode): Promise<boolean> {
    if (node.kind === "command") return await this.#runOne(node.words, node.output);
    const succeeded = await this.run(node.first);
    return node.kind === "||" && succeeded ? true : await this.run(node.second);
  }

  async #runOne([program, ...args]: readonly string[], output: string | null): Promise<boolean> {
    if (output !== null && output !== "nul") throw new Refusal(`cmd.exe: > ${output}`);
    const print = output === null ? this.#call.print : () => {};
    switch (program) {
      case "echo":
        print(`${args.join(" ")}\r\n`);
        return true;
      case "del":
        return await this.#remove(args.join(" "), /^\/q (\S+)$/);
      case "rd":
        return await this.#remove(args.join(" "), /^(\S+)$/);
      case `${SYSTEM32}findstr.exe`:
        return await this.#find(args);
      case `${SYSTEM32}ping.exe`:
        return await this.#wait(args);
      case `${SYSTEM32}netstat.exe`:
        return this.#print(showListeners(args, this.#machine), print);
      case `${SYSTEM32}reg.exe`:
        return this.#print(runReg(args, this.#machine, this.#call), print);
      case `${SYSTEM32}cmd.exe`:
      case `${SYSTEM32}netsh.exe`:
        return await this.#start(program.slice(SYSTEM32.length), args, print);
      default:
        throw new Refusal(`cmd.exe: ${program}`);
    }
  }

  #print({ stdout, exitCode }: Answer, print: (text: string) => void): boolean {
    if (typeof stdout !== "string") throw new Refusal("cmd.exe: bytes");
    print(stdout);
    return exitCode === 0;
  }

  /** A file, or a folder that is empty. */
  async #remove(words: string, pattern: RegExp): Promise<boolean> {
    const path = toLocalPath(pattern.exec(words)?.[1] ?? "");
    if (path === null) throw new Refusal(`cmd.exe: ${words}`);
    if (!this.#call.record.isElevated) return false;
    return await Deno.remove(path).then(() => true, () => false);
  }

  /** `findstr /x WORD`: reads to the end of the input, and succeeds where a line was the word. */
  async #find(args: readonly string[]): Promise<boolean> {
    if (args.length !== 2 || args[0] !== "/x") throw new Refusal(`findstr.exe ${args.join(" ")}`);
    let isFound = false;
    for (let line = await this.#readLine(); line !== null; line = await this.#readLine()) {
      isFound ||= line === args[1];
    }
    return isFound;
  }

  async #readLine(): Promise<string | null> {
    const stopped = this.#call.whenStopped.then(() => {
      throw new CallStopped();
    });
    return await Promise.race([this.#call.input.readLine(), stopped]);
  }

  /** `ping -n COUNT 127.0.0.1`: a second between two. */
  async #wait(args: readonly string[]): Promise<boolean> {
    const count = /^-n (\d+) 127\.0\.0\.1$/.exec(args.join(" "));
    if (count === null) throw new Refusal(`ping.exe ${args.join(" ")}`);
    await this.#call.take(this.#machine.switches.latencyMs["ping.exe"] ?? 1000 * (Number(count[1]) - 1));
    return true;
  }

  /**
   * Starts a program that has our input and output, and waits for it. It outlives us where we are ended (read in WSL's source:
   * only what it started itself is ended).
   */
  async #start(program: string, args: readonly string[], print: (text: string) => void): Promise<boolean> {
    const { cwd, stdin, pid, isElevated } = this.#call.record;
    const child = this.#machine.startCall({ program, args, cwd, stdin, pid, isElevated }, this.#call.input);
    child.print = print;
    const ended = runChild(child, this.#machine);
    const stopped = this.#call.whenStopped.then(() => {
      throw new CallStopped();
    });
    return await Promise.race([ended, stopped]);
  }
}

async function runChild(call: Call, machine: SimulatedWindows): Promise<boolean> {
  let exitCode = 1;
  try {
    const run = call.record.program === "cmd.exe"
      ? runCmd(call.record.args, machine, call)
      : runNetsh(call, machine);
    ({ exitCode } = await run);
  } catch (error) {
    if (error instanceof Refusal) machine.refuse(`${call.record.program}: ${error.message}`);
    else if (!(error instanceof CallStopped)) throw error;
  } finally {
    machine.endCall(call, exitCode);
  }
  return exitCode === 0;
}
