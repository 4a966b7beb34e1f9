import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { GUEST_ADDRESS } from "../simulated/guest.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { GuestProgram } from "./guest_program.ts";
import { entryLine, forwarding, forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** An entry that somebody else made. */
const FOREIGN = {
  listenAddress: "0.0.0.0",
  listenPort: "3000",
  connectAddress: "10.1.2.3",
  connectPort: "80",
};

for (const args of [[], ["--realtime=require"]]) {
  scenario(
    `wslfwd ${args.join(" ")} opens a guest's server to the LAN, and closes it with it`,
    async (lab) => {
      const before = await lab.guest.listen(3000, { text: "was there before" });
      const program = await startForwarder(lab, args);
      equal(await lab.lan.fetch(3000), "was there before");
      if (args.length > 0) await program.waitForEvent("engine", (event) => event.engine === "bpftrace");
      const after = await lab.guest.listen(3001, { text: "came after" });
      equal((await lab.lan.waitForOpen(3001)).text, "came after");
      await waitForHoldings(lab, forwardings([3000, 3001]));
      const event = await waitForForwarded(program, 3001);
      same([event.connectAddress, event.connectPort, event.boundAddress, event.program], [
        GUEST_ADDRESS,
        3001,
        "0.0.0.0",
        "agent.ts",
      ]);
      await before.close();
      await lab.lan.waitForClosed(3000);
      await waitForHoldings(lab, forwardings([3001]));
      equal(await lab.lan.fetch(3001), "came after");
      await stopForwarder(program);
      await waitForHoldings(lab, []);
      equal(await lab.windows.scriptFolder(), null, "its folder on Windows is gone");
      await after.close();
    },
  );
}

scenario("wslfwd counts a port once, however many sockets it has", async (lab) => {
  await using program = await GuestProgram.start(lab);
  await program.run(
    "listen a 6 :: 3000 dual",
    "listen b 4 0.0.0.0 3001 reuseport",
    "listen c 4 0.0.0.0 3001 reuseport",
    `listen d 4 ${GUEST_ADDRESS} 3002`,
    "listen e 4 127.0.0.1 3002",
  );
  const wslfwd = await startForwarder(lab);
  await waitForHoldings(lab, forwardings([3000, 3001, 3002]));
  const ports = wslfwd.events().filter((event) => event.type === "forwarded").map((event) =>
    event.listenPort
  );
  same(ports, [3000, 3001, 3002]);
  await stopForwarder(wslfwd);
});

scenario("wslfwd opens nothing for what does not want to be reached, or cannot", async (lab) => {
  await using program = await GuestProgram.start(lab);
  const cases: readonly (readonly [number, string, string])[] = [
    [3000, "4 127.0.0.1 3000", "loopback"],
    [3001, "4 127.8.9.1 3001", "loopback"],
    [3002, "6 ::1 3002", "loopback"],
    [3003, "6 ::ffff:127.0.0.1 3003", "loopback"],
    [3004, "6 :: 3004 v6only", "v6only"],
    [3005, "4 172.17.0.1 3005", "other-address"],
    [50010, "4 0.0.0.0 50010", "excluded-range"],
  ];
  for (const [port, what] of cases) await program.run(`listen s${port} ${what}`);
  const wslfwd = await startForwarder(lab);
  for (const [port, , reason] of cases) equal(await waitForRejected(wslfwd, port), reason, `${port}`);
  await waitForHoldings(lab, []);
  same(
    (await lab.windows.calls("netsh.exe")).filter((call) => call.script !== null),
    [],
    "no netsh changed anything",
  );
  await stopForwarder(wslfwd);
});

scenario(
  "wslfwd leaves a port alone that Windows has, and takes it when Windows gives it up",
  async (lab) => {
    await lab.windows.putEntry(FOREIGN);
    await lab.windows.startService({ port: 3001, name: "postgres.exe" });
    await using _a = await lab.guest.listen(3000);
    await using _b = await lab.guest.listen(3001);
    const first = await startForwarder(lab);
    equal(await waitForRejected(first, 3000), "foreign-entry");
    equal(await waitForRejected(first, 3001), "taken-on-windows");
    await waitForHoldings(lab, [entryLine(FOREIGN)]);
    await stopForwarder(first);
    await waitForHoldings(lab, [entryLine(FOREIGN)]);
    await lab.windows.deleteEntry("0.0.0.0", 3000);
    await lab.windows.stopService(3001);
    const second = await startForwarder(lab);
    await waitForHoldings(lab, forwardings([3000, 3001]));
    await stopForwarder(second);
  },
);

scenario("wslfwd moves every rule in one pass when the guest's address changes", async (lab) => {
  for (const port of [3000, 3001, 3002]) await lab.guest.listen(port);
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwardings([3000, 3001, 3002]));
  await lab.guest.addAddress("172.23.21.99");
  await lab.guest.removeAddress(GUEST_ADDRESS);
  await waitForHoldings(lab, [3000, 3001, 3002].flatMap((port) => forwarding(port, { to: "172.23.21.99" })));
  for (const port of [3000, 3001, 3002]) equal(await lab.lan.fetch(port), `port ${port}`);
  const { from, to } = await program.waitForEvent("address");
  same([from, to], [GUEST_ADDRESS, "172.23.21.99"]);
  const scripts = (await lab.windows.calls("netsh.exe")).filter((call) => call.script !== null);
  same(scripts.map((call) => call.lines.length), [2 + 6, 2 + 12], "one netsh made them, one moved them");
  await stopForwarder(program);
});

scenario("wslfwd needs few netsh for many ports, and one to remove them all", async (lab) => {
  const ports = Array.from({ length: 200 }, (_, i) => 20_000 + i);
  const program = await startForwarder(lab);
  await using guest = await GuestProgram.start(lab);
  await guest.run(...ports.map((port) => `listen s${port} 4 0.0.0.0 ${port}`));
  await waitForHoldings(lab, forwardings(ports));
  await stopForwarder(program);
  await waitForHoldings(lab, []);
  const scripts = (await lab.windows.calls("netsh.exe")).filter((call) => call.script !== null);
  ok(scripts.length <= 1 + 4, `${scripts.length} netsh`);
  for (const call of await lab.windows.calls("netsh.exe")) equal(call.exitCode, 0);
});

scenario("wslfwd prints a line for each change where nobody asks for JSON", async (lab) => {
  const server = await lab.guest.listen(3000);
  const program = lab.wslfwd(["--linger", "0", "--realtime=off"]);
  await program.waitForLine(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d forwarded .*:3000 -> 172\.23\.21\.232:3000: agent\.ts \d+$/,
  );
  await program.waitForLine(/ ready: 1 port forwarded to 172\.23\.21\.232$/);
  await server.close();
  await program.waitForLine(/ removed .*:3000 -> .*: agent\.ts \d+: nothing listens any more$/);
  await program.kill("SIGINT");
  const { code, stdout } = await program.exit;
  equal(code, 0);
  match(stdout, / engine: netlink$/m);
});
