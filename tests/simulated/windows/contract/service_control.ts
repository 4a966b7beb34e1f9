/** `sc.exe control`, `stop` and `start` of IP Helper. */
import type { Call } from "../calls.ts";
import type { Answer } from "../programs.ts";
import { queryService } from "../system_programs.ts";
import type { SimulatedWindows } from "../windows.ts";
import { Refusal } from "../words.ts";

/** Runs one of the three; their exit status is Windows' error code, of which interop passes on the low 8 bits. */
export async function controlService(
  args: readonly string[],
  machine: SimulatedWindows,
  call: Call,
): Promise<Answer> {
  const isRunning = machine.switches.ipHelper === "running",
    state = () => queryService(["query", "iphlpsvc"], machine);
  const fail = (what: string, code: number): Answer => ({
    stdout: `[SC] ${what} FAILED ${code}:\r\n\r\n`,
    exitCode: code & 0xff,
  });
  const ACCESS_DENIED = 5, ALREADY_RUNNING = 1056, NOT_ACTIVE = 1062;
  const command = args.join(" ");
  if (!/^(?:control iphlpsvc paramchange|(?:stop|start) iphlpsvc)$/.test(command)) throw new Refusal();
  if (!call.record.isElevated) return fail("OpenService", ACCESS_DENIED);
  if (command === "start iphlpsvc") {
    if (isRunning) return fail("StartService", ALREADY_RUNNING);
    machine.turn({ ipHelper: "running" });
    return state();
  }
  if (!isRunning) return fail("ControlService", NOT_ACTIVE);
  if (command === "stop iphlpsvc") machine.turn({ ipHelper: "stopped" });
  else await machine.portproxy.readAgain();
  return state();
}
