import { GUEST_ADDRESS } from "../simulated/guest.ts";
import type { Lab } from "../simulated/lab.ts";
import type { RunningProgram } from "../simulated/running_program.ts";
import type { Switches } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder } from "./forwarder.ts";
import { waitForNoProcess } from "./guest_processes.ts";
import { moveGuest, type Pass, PASSES, prepareWorld, stopAtLine, waitForOurs } from "./passes.ts";
import { scenario } from "./scenario.ts";

/** wslfwd promises that its rules are gone so long after it was killed, in milliseconds. */
const WATCHDOG_MS = 5000;

/** An end that nobody is prepared for, while netsh stands before a line of its script. */
interface Crash {
  readonly name: string;
  readonly switches: Partial<Switches>;
  /** Has it happen, and brings everything back to where wslfwd can be started. */
  happen(lab: Lab, program: RunningProgram, pass: Pass): Promise<void>;
}

const crashes: readonly Crash[] = [
  {
    name: "wslfwd is killed",
    switches: {},
    happen: async (lab, program) => {
      await program.kill("SIGKILL");
      await lab.windows.clearFaults();
      await waitForOurs(lab, [], WATCHDOG_MS);
      await waitForNoProcess(lab, () => true);
    },
  },
  {
    name: "the machine of WSL dies, and netsh with it",
    switches: { afterKilledClient: "stops" },
    happen: (lab, _program, pass) => restartGuest(lab, pass),
  },
  {
    name: "the machine of WSL dies, and netsh goes on",
    switches: { afterKilledClient: "goes-on" },
    happen: (lab, _program, pass) => restartGuest(lab, pass),
  },
  {
    name: "the machine of WSL dies, and netsh goes on late",
    switches: { afterKilledClient: "goes-on", killedClientDelayMs: 600 },
    happen: (lab, _program, pass) => restartGuest(lab, pass),
  },
  {
    name: "Windows restarts",
    switches: {},
    happen: async (lab, _program, pass) => {
      await lab.reboot();
      if (pass.addressAfter !== GUEST_ADDRESS) await moveGuest(lab);
      await reopen(lab, pass);
    },
  },
];

for (const pass of PASSES) {
  for (const crash of crashes) {
    for (let line = 1; line <= pass.lines; line++) {
      const when = `before line ${line} of ${pass.lines} of a pass that ${pass.name}`;
      scenario(`wslfwd is right again after ${crash.name} ${when}`, async (lab) => {
        const world = await prepareWorld(lab, pass);
        const program = await stopAtLine(world, pass, line);
        await crash.happen(lab, program, pass);
        await program.exit;
        const next = await startForwarder(lab, pass.args);
        await waitForOurs(lab, pass.wanted);
        await stopForwarder(next);
        await waitForOurs(lab, []);
      }, crash.switches);
    }
  }
}

async function restartGuest(lab: Lab, pass: Pass): Promise<void> {
  // What netsh goes on with holds the dead guest's network namespace, and with it the name of its wire.
  await lab.guest.run("ip", "link", "delete", "eth0");
  await lab.guest.die();
  await lab.guest.boot(pass.addressAfter);
  await reopen(lab, pass);
}

async function reopen(lab: Lab, pass: Pass): Promise<void> {
  for (const port of pass.portsAfter) await lab.guest.listen(port);
}
