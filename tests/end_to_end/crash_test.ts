import { testCrashes } from "./crashes.ts";
import { waitForNoProcess, waitForProcess } from "./guest_processes.ts";
import { waitForOurs } from "./passes.ts";

testCrashes([
  {
    name: "it was killed",
    switches: {},
    happen: async (lab, program) => {
      await program.kill("SIGKILL");
      await lab.windows.clearFaults();
      await waitForOurs(lab, []);
      await waitForNoProcess(lab, () => true);
      return null;
    },
  },
  {
    name: "netsh's client was killed",
    switches: { afterKilledClient: "goes-on" },
    happen: async (lab, program) => {
      // What Windows' watchdog is told names a netsh with a script, too.
      const isClient = (command: string) => command.includes("netsh.exe -f ") && !command.includes("cmd.exe");
      const { pid } = await waitForProcess(lab, ({ command }) => isClient(command));
      Deno.kill(pid, "SIGKILL");
      return program;
    },
  },
]);
