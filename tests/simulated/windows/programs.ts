/** The programs that this Windows has, and what each knows. What is not here is refused. */
import type { Call } from "./calls.ts";
import type { SimulatedWindows } from "./windows.ts";
import { runNetsh } from "./netsh.ts";
import { runReg } from "./registry.ts";
import { runTaskScheduler } from "./task_scheduler.ts";
import { connectByCurl } from "./curl.ts";
import { controlService } from "./contract/service_control.ts";
import { runCmd } from "./cmd.ts";
import { runCompiler } from "./compilers.ts";
import { runPowershell } from "./powershell.ts";
import { printRoutes, showListeners } from "./network_programs.ts";
import { listTasks, queryService, showPrivileges, tellIdentity } from "./system_programs.ts";
import { translatePath } from "./wsl_programs.ts";
import { Refusal } from "./words.ts";

/** What a program prints and exits with. */
export interface Answer {
  /** Text is printed in the console's code page, bytes as they are. */
  readonly stdout: string | Uint8Array;
  /** The same for stderr. */
  readonly stderr?: string;
  /** 0 to 255. */
  readonly exitCode: number;
}

/** A program that is no netsh. */
type PlainProgram = (
  args: readonly string[],
  machine: SimulatedWindows,
  call: Call,
) => Answer | Promise<Answer>;

const PLAIN: Readonly<Record<string, PlainProgram>> = {
  "reg.exe": runReg,
  "netstat.exe": showListeners,
  "route.exe": printRoutes,
  "sc.exe": (args, machine, call) =>
    args[0]?.startsWith("query") ? queryService(args, machine) : controlService(args, machine, call),
  "whoami.exe": tellIdentity,
  "net.exe": showPrivileges,
  "tasklist.exe": listTasks,
  "schtasks.exe": runTaskScheduler,
  "curl.exe": connectByCurl,
  "powershell.exe": runPowershell,
  "csc.exe": runCompiler,
  "cmd.exe": runCmd,
  "conhost.exe": (args, machine, call) => {
    const [headless, program, ...rest] = args;
    if (headless !== "--headless" || program !== "C:\\Windows\\System32\\whoami.exe") throw new Refusal();
    return tellIdentity(rest, machine, call);
  },
  "wslinfo": (args, machine) => {
    const { networkingMode, wslVersion } = machine.switches;
    if (args.join(" ") === "--networking-mode") return { stdout: `${networkingMode}\n`, exitCode: 0 };
    if (args.join(" ") !== "--wsl-version") throw new Refusal();
    if (wslVersion === null) return { stdout: "", stderr: "Invalid command line\n", exitCode: 1 };
    return { stdout: `${wslVersion}\n`, exitCode: 0 };
  },
  "wslpath": translatePath,
};

/** What is not in System32 itself. */
const ELSEWHERE: readonly string[] = ["powershell.exe", "csc.exe"];

/** The names of the programs in System32. */
export const SYSTEM32: readonly string[] = [
  "netsh.exe",
  ...Object.keys(PLAIN).filter((name) => name.endsWith(".exe") && !ELSEWHERE.includes(name)),
];

/** Runs a program to its end. Throws CallStopped, CallFaulted, and Refusal for what it does not know. */
export async function runProgram(call: Call, machine: SimulatedWindows): Promise<Answer> {
  const { program, args } = call.record;
  if (program === "netsh.exe") return runNetsh(call, machine);
  const run = PLAIN[program];
  if (run === undefined) throw new Refusal();
  await call.begin(args.join(" "));
  return run(args, machine, call);
}
