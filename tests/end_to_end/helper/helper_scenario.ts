import { equal } from "node:assert/strict";
import { lacks } from "../../contract/needs.ts";
import type { Lab } from "../../simulated/lab.ts";
import type { RunningProgram } from "../../simulated/running_program.ts";
import type { Switches } from "../../simulated/windows/model.ts";
import { startForwarder } from "../forwarder.ts";
import { playScenario } from "../scenario.ts";

/** As `scenario`, for what needs the helper: Mono, and nft, which judges UDP. */
export function helperScenario(
  name: string,
  run: (lab: Lab) => Promise<void>,
  switches: Partial<Switches> = {},
): void {
  Deno.test(name, { ignore: lacks("root", "mono", "nft") }, () => playScenario(run, switches));
}

/** Starts `wslfwd --helper all` and waits until the helper's self-check has passed. */
export async function startWithHelper(lab: Lab, args: readonly string[] = []): Promise<RunningProgram> {
  const program = await startForwarder(lab, ["--helper", "all", ...args]);
  while (!(await askHelper(lab)).makesRules) {
    equal(program.lines.find((line) => line.includes("fast-rules-off")), undefined);
  }
  return program;
}

/** What `status` tells of the helper. */
export async function askHelper(
  lab: Lab,
): Promise<{ readonly state: string; readonly makesRules: boolean }> {
  return JSON.parse((await lab.wslfwd(["status", "--json"]).exit).stdout).helper;
}
