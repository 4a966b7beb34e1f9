/** What somebody changes by hand while nothing else happens: noticed at a glance, long before everything is read again. */
import { equal, match } from "node:assert/strict";
import { startForwarder, stopForwarder, waitForForwarded } from "./forwarder.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** Less than the minute between two reads of everything. */
const SOON_MS = 25_000;

scenario(
  "An entry and a firewall rule that somebody deletes are made again, each at a glance",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab);
    await waitForForwarded(program, 3000);
    equal(await lab.windows.deleteEntry("0.0.0.0", 3000), true);
    await waitForHoldings(lab, forwardings([3000]), SOON_MS);
    equal(await lab.lan.fetch(3000), "port 3000");
    const { rules } = await lab.windows.state();
    await lab.windows.deleteRules(rules.find(({ name }) => name.startsWith("wslfwd-3000"))!.name);
    await waitForHoldings(lab, forwardings([3000]), SOON_MS);
    equal(await lab.lan.fetch(3000), "port 3000");
    await stopForwarder(program);
  },
);

scenario("An IP Helper that falls silent is named at a glance, and so is its return", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForForwarded(program, 3000);
  await lab.windows.set({ ipHelper: "silent" });
  const { message } = await program.waitForEvent("notice", ({ code }) => code === "forwarder-stopped");
  match(message as string, /^IP Helper is stopped on Windows, or listens on none of the ports, /);
  await lab.windows.set({ ipHelper: "running" });
  await program.waitForEvent("notice", ({ code }) => code === "forwarder-running");
  equal(await lab.lan.fetch(3000), "port 3000");
  await stopForwarder(program);
});
