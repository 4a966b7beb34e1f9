import { runProgram } from "./windows/programs.ts";
import { SimulatedWindows } from "./windows/windows.ts";
import { Refusal } from "./windows/words.ts";

/** A Windows whose IP Helper is stopped, so that it opens no socket: for tests of what programs print. */
export function windowsWithoutSockets(): SimulatedWindows {
  const machine = new SimulatedWindows(() => {});
  machine.turn({ ipHelper: "stopped" });
  return machine;
}

/** Runs a program without a client. Output as text; a refusal as `refused`. */
export async function runHere(
  machine: SimulatedWindows,
  program: string,
  ...args: string[]
): Promise<{ exitCode: number; stdout: string } | "refused"> {
  const { isElevated } = machine.switches;
  const call = machine.startCall({ program, args, cwd: "/", stdin: "null", pid: 1, isElevated });
  try {
    const { exitCode, stdout } = await runProgram(call, machine);
    return { exitCode, stdout: stdout as string };
  } catch (error) {
    if (error instanceof Refusal) return "refused";
    throw error;
  }
}
