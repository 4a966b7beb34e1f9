import { waitForNoProcess } from "../guest_processes.ts";
import { stopForwarder } from "../forwarder.ts";
import { forwardings, waitForHoldings } from "../holdings.ts";
import { helperScenario, startWithHelper } from "./helper_scenario.ts";

/** The steps of a port that is opened by the helper, each before it has its effect. */
const STEPS = ["addrule", "put", "reread"];

for (const step of STEPS) {
  helperScenario(`nothing stays of a wslfwd that was killed before the helper's ${step}`, async (lab) => {
    const program = await startWithHelper(lab);
    await lab.windows.set({ helperHangs: step });
    await using _server = await lab.guest.listen(3000);
    await lab.windows.waitFor(({ helperHung }) => helperHung === 1);
    await program.kill("SIGKILL");
    await waitForHoldings(lab, []);
    await waitForNoProcess(lab, () => true);
  });

  helperScenario(`a helper that was killed before its ${step} leaves the port to netsh`, async (lab) => {
    const program = await startWithHelper(lab);
    await lab.windows.set({ helperHangs: step });
    await using _server = await lab.guest.listen(3000);
    await lab.windows.waitFor(({ helperHung }) => helperHung === 1);
    await lab.windows.killHelper();
    await waitForHoldings(lab, forwardings([3000]), 90_000);
    await stopForwarder(program);
    await waitForHoldings(lab, []);
  });
}
