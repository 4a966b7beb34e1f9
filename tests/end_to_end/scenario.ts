import { deepStrictEqual } from "node:assert/strict";
import { Lab } from "../simulated/lab.ts";
import type { Switches, WindowsState } from "../simulated/windows/model.ts";

/** What a Windows complained of that no test but a special one expects: nothing. */
export type Complaints = Pick<WindowsState, "refusals" | "violations" | "exposures">;

/** Milliseconds after which a scenario has hung: no test takes a quarter of it, also on a busy machine. */
const LIMIT_MS = 240_000;

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
  // A test that waits for ever would take the whole run with it, and its name would be the last that anybody sees.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the scenario hangs: no end after ${LIMIT_MS / 1000} s`)),
      LIMIT_MS,
    );
  });
  try {
    await Promise.race([run(lab), limit]);
  } finally {
    clearTimeout(timer);
  }
  await expectNoComplaints(lab);
}

/** Checks that wslfwd asked nothing unknown of Windows, did nothing careless, and exposed no Windows service. */
export async function expectNoComplaints(lab: Lab): Promise<void> {
  const { refusals, violations, exposures } = await lab.windows.state();
  deepStrictEqual({ refusals, violations, exposures }, NO_COMPLAINTS);
}
