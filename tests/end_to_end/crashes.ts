/** Ends that nobody is prepared for, in the middle of a pass. */
import type { Lab } from "../simulated/lab.ts";
import type { RunningProgram } from "../simulated/running_program.ts";
import type { Switches } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder } from "./forwarder.ts";
import { listPasses, type Pass, prepareWorld, stopAtLine, waitForOurs } from "./passes.ts";
import { playScenario } from "./scenario.ts";

/** An end that nobody is prepared for, while netsh stands before a line of its script. */
export interface Crash {
  /** What happens, as a clause. */
  readonly name: string;
  /** The Windows that it happens to. */
  readonly switches: Partial<Switches>;
  /**
   * Has it happen to the wslfwd that makes the pass, and brings everything back to where wslfwd can be started. Returns
   * the wslfwd where it still runs, else null.
   */
  happen(lab: Lab, program: RunningProgram, pass: Pass): Promise<RunningProgram | null>;
}

/** Registers a test for each crash in each kind of pass, which tries it before each line, in a lab for each, at once. */
export function testCrashes(crashes: readonly Crash[]): void {
  // By IPv4 alone there are fewer lines, and nothing else: one kind of pass shows it.
  for (const pass of [...listPasses(true), listPasses(false)[0]!]) {
    const what = `${pass.name}${pass.hasIpv6 ? "" : ", by IPv4 alone"}`;
    for (const crash of crashes) {
      Deno.test(`wslfwd is right again after ${crash.name} before any line of a pass that ${what}`, async () => {
        const lines = Array.from({ length: pass.lines }, (_, i) => i + 1);
        await Promise.all(lines.map((line) => tryCrash(crash, pass, line)));
      });
    }
  }
}

async function tryCrash(crash: Crash, pass: Pass, line: number): Promise<void> {
  try {
    await playScenario(async (lab) => {
      const world = await prepareWorld(lab, pass);
      const program = await stopAtLine(world, pass, line);
      const running = await crash.happen(lab, program, pass);
      if (running === null) await program.exit;
      const next = running ?? await startForwarder(lab, pass.args);
      await waitForOurs(lab, pass.wanted);
      await stopForwarder(next);
      await waitForOurs(lab, []);
    }, { ...crash.switches, hasIpv6: pass.hasIpv6 });
  } catch (error) {
    const message = error instanceof Error ? error.message : error;
    throw new Error(`before line ${line} of ${pass.lines}: ${message}`, { cause: error });
  }
}
