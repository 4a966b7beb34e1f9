import { equal } from "node:assert/strict";
import { stopForwarder, waitForForwarded } from "../forwarder.ts";
import { forwardings, waitForHoldings } from "../holdings.ts";
import { helperScenario, startWithHelper } from "./helper_scenario.ts";

helperScenario("an entry that somebody deletes is back at once, and so is a rule", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startWithHelper(lab);
  await waitForHoldings(lab, forwardings([3000]));
  await lab.windows.deleteEntry("0.0.0.0", 3000);
  await waitForHoldings(lab, forwardings([3000]), SOON_MS);
  const [rule] = (await lab.windows.state()).rules;
  await lab.windows.deleteRules(rule!.name);
  await waitForHoldings(lab, forwardings([3000]), SOON_MS);
  equal(await lab.lan.fetch(3000), "port 3000");
  await stopForwarder(program);
});

helperScenario("a Windows program that takes a forwarded port has it, and gives it back", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startWithHelper(lab, ["--windows-ip", "192.168.50.1"]);
  const open = forwardings([3000], { listenAddress: "192.168.50.1" });
  await waitForHoldings(lab, open);
  // The firewall opens a port on every address of Windows.
  await lab.windows.startService({ port: 3000, address: "172.23.16.1", name: "postgres.exe" });
  await waitForHoldings(lab, [], SOON_MS);
  await lab.windows.stopService(3000);
  await waitForHoldings(lab, open, SOON_MS);
  await stopForwarder(program);
});

helperScenario("a network that turns Public is told of at once", async (lab) => {
  const program = await startWithHelper(lab);
  await program.waitForEvent("network", ({ profiles }) => `${profiles}` === "private");
  await lab.windows.set({ networkProfile: "public" });
  await program.waitForEvent("network", ({ warning }) => warning !== null);
  await stopForwarder(program);
});

helperScenario("changes of our own are no news: nothing is read because of them", async (lab) => {
  const program = await startWithHelper(lab);
  await using _first = await lab.guest.listen(3000);
  await waitForForwarded(program, 3000);
  const shows = async () =>
    (await lab.windows.calls("netsh.exe")).filter(({ args }) => args.includes("excludedportrange")).length;
  const before = await shows();
  await using _second = await lab.guest.listen(3001);
  await waitForForwarded(program, 3001);
  await waitForHoldings(lab, forwardings([3000, 3001]));
  equal(await shows(), before, "only what is read as a whole asks that");
  await stopForwarder(program);
});

/** A tenth of the time after which it would be noticed without a hint, on a machine with much else to do. */
const SOON_MS = 6000;
