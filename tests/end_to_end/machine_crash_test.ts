import { GUEST_ADDRESS } from "../simulated/guest.ts";
import type { Lab } from "../simulated/lab.ts";
import { testCrashes } from "./crashes.ts";
import { startForwarder, stopForwarder } from "./forwarder.ts";
import { waitForHoldings } from "./holdings.ts";
import { moveGuest, type Pass } from "./passes.ts";
import { scenario } from "./scenario.ts";

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

scenario(
  "wslfwd leaves no entry whose firewall rule was refused, though the machine died before that was put right",
  async (lab) => {
    const program = await startForwarder(lab, ["--linger", "0"]);
    await lab.windows.addFault({ program: "netsh.exe", kind: "fail", at: "line", matching: "add rule" });
    // Netsh waits where all is done but nobody has been told.
    await lab.windows.addFault({ program: "netsh.exe", kind: "hang", at: "line", matching: "show", nth: 2 });
    await lab.guest.listen(3000);
    await lab.windows.waitFor(({ hanging }) => hanging.length > 0);
    await lab.guest.die();
    await program.exit;
    await lab.windows.clearFaults();
    await lab.guest.boot();
    const next = await startForwarder(lab);
    await waitForHoldings(lab, []);
    await stopForwarder(next);
  },
  { afterKilledClient: "stops" },
);
