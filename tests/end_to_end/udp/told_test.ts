import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { startForwarder, stopForwarder, waitForRejected } from "../forwarder.ts";
import { udpForwarding, waitForHoldings } from "../holdings.ts";
import { udpScenario } from "./udp_scenario.ts";

udpScenario("status, list and doctor tell of UDP, and of what went through", async (lab) => {
  await using _tcp = await lab.guest.listen(5000);
  await using _udp = await lab.guest.listenUdp(5000);
  const program = await startForwarder(lab, ["--udp"]);
  await lab.lan.waitForUdp(5000);
  const ask = async () => JSON.parse((await lab.wslfwd(["status", "--json"]).exit).stdout);
  let status = await ask();
  // What went through is asked of the helper every few seconds.
  while (!(status.helper?.relayed[0]?.sent > 0)) status = await ask();
  const { state, reason, relayed: [port] } = status.helper;
  same([state, reason, port.listenPort, port.dropped], ["running", null, 5000, 0]);
  const open = status.forwarded.map((
    { protocol, listenPort }: Record<string, unknown>,
  ) => [protocol, listenPort]);
  same(open.sort(), [["tcp", 5000], ["udp", 5000]]);
  equal(status.windows.rulesWithoutEntry, 0);
  match(
    (await lab.wslfwd(["status"]).exit).stdout,
    /\n {2}5000\/udp {2}\d+ clients? +\d+ datagrams? in, \d+ out, 0 lost\n/,
  );
  match(
    (await lab.wslfwd(["list"]).exit).stdout,
    /^192\.168\.50\.1:5000\/udp\t172\.23\.21\.232:5000\tagent\.ts$/m,
  );
  match(
    (await lab.wslfwd(["doctor"]).exit).stdout,
    /wslfwd's program on Windows runs \(process \d+\)/,
  );
  const why = JSON.parse((await lab.wslfwd(["why", "5000", "--json"]).exit).stdout);
  match(
    why.findings[0].text,
    /^by UDP, wslfwd \(pid \d+\) forwards port 5000; WSL itself loses datagrams above 1,472 bytes/,
  );
  equal(why.answers, true);
  await stopForwarder(program);
});

udpScenario(
  "wslfwd leaves out UDP ports that Windows reserves for UDP, which are not those of TCP",
  async (lab) => {
    await using _reserved = await lab.guest.listenUdp(5000);
    await using _open = await lab.guest.listenUdp(5001);
    const program = await startForwarder(lab, ["--udp"]);
    equal(await waitForRejected(program, 5000), "excluded-range");
    await waitForHoldings(lab, [udpForwarding(5001)]);
    await stopForwarder(program);
  },
  { excludedUdp: [{ first: 4990, last: 5000, isAdministered: false }] },
);

udpScenario("plan tells what would be relayed, and not what is already", async (lab) => {
  await using _udp = await lab.guest.listenUdp(5000);
  const plan = async () => JSON.parse((await lab.wslfwd(["plan", "--udp", "--json"]).exit).stdout);
  const { commands, relayed, rejected } = await plan();
  same([commands.length, relayed.length, rejected], [1, 1, []]);
  match(commands[0], /^netsh advfirewall firewall add rule name=wslfwd-udp-5000-/);
  same([relayed[0].protocol, relayed[0].listenPort, relayed[0].connectPort], ["udp", 5000, 5000]);
  const program = await startForwarder(lab, ["--udp"]);
  await lab.lan.waitForUdp(5000);
  const after = await plan();
  same([after.commands, after.relayed], [[], []]);
  await stopForwarder(program);
});
