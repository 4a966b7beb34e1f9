import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import type { Lab } from "../../simulated/lab.ts";
import { stopForwarder, waitForForwarded } from "../forwarder.ts";
import { forwardings, waitForHoldings } from "../holdings.ts";
import { helperScenario, startWithHelper } from "./helper_scenario.ts";

/** How many scripts netsh was given. */
async function countScripts(lab: Lab): Promise<number> {
  return (await lab.windows.calls("netsh.exe")).filter(({ script }) => script !== null).length;
}

helperScenario(
  "--helper=all opens ports without netsh, as netsh would, and closes them by it",
  async (lab) => {
    const program = await startWithHelper(lab);
    const before = await countScripts(lab);
    const server = await lab.guest.listen(3000);
    await waitForForwarded(program, 3000);
    await waitForHoldings(lab, forwardings([3000]));
    equal(await lab.lan.fetch(3000), "port 3000");
    equal(await countScripts(lab), before);
    await server.close();
    await waitForHoldings(lab, []);
    equal(await countScripts(lab), before + 1);
    await stopForwarder(program);
  },
);

helperScenario("what is in doubt netsh does: somebody's entry, and many ports at once", async (lab) => {
  const program = await startWithHelper(lab);
  const foreign = {
    listenAddress: "0.0.0.0",
    listenPort: "3000",
    connectAddress: "10.1.2.3",
    connectPort: "80",
  };
  await lab.windows.putEntry(foreign);
  const servers = await Promise.all(
    Array.from({ length: 12 }, (_, i) => lab.guest.listen(3100 + i)),
  );
  const ports = servers.map((_, i) => 3100 + i);
  await using _taken = await lab.guest.listen(3000);
  const rejected = await program.waitForEvent("rejected", ({ listenPort }) => listenPort === 3000);
  equal(rejected.reason, "foreign-entry");
  await waitForHoldings(lab, ["entry 0.0.0.0:3000 -> 10.1.2.3:80", ...forwardings(ports)]);
  await stopForwarder(program);
  await waitForHoldings(lab, ["entry 0.0.0.0:3000 -> 10.1.2.3:80"]);
  for (const server of servers) await server.close();
});

helperScenario("a firewall that hangs turns it off for this run, and netsh goes on", async (lab) => {
  const program = await startWithHelper(lab);
  await lab.windows.set({ helperHangs: "addrule" });
  await using _server = await lab.guest.listen(3000);
  const { message } = await program.waitForEvent("notice", ({ code }) => code === "fast-rules-off");
  match(message as string, /^netsh makes every rule: the firewall's rule: .*does not answer/);
  await waitForHoldings(lab, forwardings([3000]), 60_000);
  same(await lab.lan.fetch(3000), "port 3000");
  await stopForwarder(program);
  await waitForHoldings(lab, []);
});

helperScenario("an IP Helper that does not read its table again is netsh's", async (lab) => {
  const program = await startWithHelper(lab);
  await lab.windows.set({ followsRegistry: false });
  await using _server = await lab.guest.listen(3000);
  const { message } = await program.waitForEvent("notice", ({ code }) => code === "fast-rules-off");
  equal(message, "netsh makes every rule: IP Helper does not listen");
  await lab.windows.set({ followsRegistry: true });
  await waitForHoldings(lab, forwardings([3000]), 60_000);
  await stopForwarder(program);
});
