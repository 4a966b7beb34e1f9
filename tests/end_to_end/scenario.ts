import { deepStrictEqual } from "node:assert/strict";
import { Lab } from "../simulated/lab.ts";
import type { Switches, WindowsState } from "../simulated/windows/model.ts";

/** What a Windows complained of that no test but a special one expects: nothing. */
export type Complaints = Pick<WindowsState, "refusals" | "violations" | "exposures">;

const NO_COMPLAINTS: Complaints = { refusals: [], violations: [], exposures: [] };

/** Registers a test with a lab of its own, in which Windows must have nothing to complain of at the end. */
export function scenario(
  name: string,
  run: (lab: Lab) => Promise<void>,
  switches: Partial<Switches> = {},
): void {
  Deno.test(name, () => playScenario(run, switches));
}

/** Plays one scenario in a lab of its own. */
export async function playScenario(
  run: (lab: Lab) => Promise<void>,
  switches: Partial<Switches> = {},
): Promise<void> {
  await using lab = await Lab.start(switches);
  await run(lab);
  await expectNoComplaints(lab);
}

/** Checks that wslfwd asked nothing unknown of Windows, did nothing careless, and exposed no Windows service. */
export async function expectNoComplaints(lab: Lab): Promise<void> {
  const { refusals, violations, exposures } = await lab.windows.state();
  deepStrictEqual({ refusals, violations, exposures }, NO_COMPLAINTS);
}
