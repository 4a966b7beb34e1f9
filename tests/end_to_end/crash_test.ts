import { testCrashes } from "./crashes.ts";
import { waitForNoProcess, waitForProcess } from "./guest_processes.ts";
import { waitForOurs } from "./passes.ts";

/** wslfwd promises that its rules are gone so long after it was killed, in milliseconds. */
const WATCHDOG_MS = 5000;

testCrashes([
  {
    name: "it was killed",
    switches: {},
    happen: async (lab, program) => {
      await program.kill("SIGKILL");
      await lab.windows.clearFaults();
      await waitForOurs(lab, [], WATCHDOG_MS);
      await waitForNoProcess(lab, () => true);
      return null;
    },
  },
  {
    name: "netsh's client was killed",
    switches: { afterKilledClient: "goes-on" },
    happen: async (lab, program) => {
      const { pid } = await waitForProcess(lab, ({ command }) => command.includes("netsh.exe -f "));
      Deno.kill(pid, "SIGKILL");
      return program;
    },
  },
]);
