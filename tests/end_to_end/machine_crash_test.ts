import { GUEST_ADDRESS } from "../simulated/guest.ts";
import type { Lab } from "../simulated/lab.ts";
import { testCrashes } from "./crashes.ts";
import { moveGuest, type Pass } from "./passes.ts";

testCrashes([
  {
    name: "the machine of WSL died, and netsh with it,",
    switches: { afterKilledClient: "stops" },
    happen: (lab, _program, pass) => restartGuest(lab, pass),
  },
  {
    name: "the machine of WSL died, and netsh went on late,",
    switches: { afterKilledClient: "goes-on", killedClientDelayMs: 600 },
    happen: (lab, _program, pass) => restartGuest(lab, pass),
  },
  {
    name: "Windows restarted",
    switches: {},
    happen: async (lab, _program, pass) => {
      await lab.reboot();
      if (pass.addressAfter !== GUEST_ADDRESS) await moveGuest(lab);
      return await reopen(lab, pass);
    },
  },
]);

async function restartGuest(lab: Lab, pass: Pass): Promise<null> {
  // What netsh goes on with holds the dead guest's network namespace, and with it the name of its wire.
  await lab.guest.run("ip", "link", "delete", "eth0");
  await lab.guest.die();
  await lab.guest.boot(pass.addressAfter);
  return await reopen(lab, pass);
}

async function reopen(lab: Lab, pass: Pass): Promise<null> {
  for (const port of pass.portsAfter) await lab.guest.listen(port);
  return null;
}
