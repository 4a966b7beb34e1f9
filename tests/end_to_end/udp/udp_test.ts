import { equal, match } from "node:assert/strict";
import { lacks } from "../../contract/needs.ts";
import { BOTH, SIX } from "../dual_stack.ts";
import { startForwarder, stopForwarder, waitForRejected } from "../forwarder.ts";
import { forwardings, udpForwarding, waitForHoldings } from "../holdings.ts";
import { udpScenario } from "./udp_scenario.ts";

udpScenario("wslfwd --udp forwards UDP services that come and go", async (lab) => {
  await using _tcp = await lab.guest.listen(3000);
  const first = await lab.guest.listenUdp(5000);
  const program = await startForwarder(lab, ["--udp", "--linger", "0"]);
  match(await lab.lan.waitForUdp(5000), /^guest 5000 \d+$/);
  equal(await lab.lan.fetch(3000), "port 3000");
  await using _second = await lab.guest.listenUdp(5001);
  await lab.lan.waitForUdp(5001);
  await first.close();
  await lab.lan.waitForNoUdp(5000);
  await waitForHoldings(lab, [...forwardings([3000]), udpForwarding(5001)]);
  await lab.lan.waitForUdp(5001);
  await stopForwarder(program);
  await lab.lan.waitForNoUdp(5001);
  await waitForHoldings(lab, []);
  equal(await lab.windows.scriptFolder(), null, "nothing of the helper stays");
});

if (!lacks("bpftrace")) {
  udpScenario("wslfwd --udp --realtime=bpftrace forwards what bpftrace tells of", async (lab) => {
    const program = await startForwarder(lab, ["--udp", "--realtime=bpftrace", "--linger", "0"]);
    await program.waitForEvent("engine", ({ engine }) => engine === "bpftrace");
    await using _tcp = await lab.guest.listen(3000);
    const udp = await lab.guest.listenUdp(5000);
    await lab.lan.waitForUdp(5000);
    await waitForHoldings(lab, [...forwardings([3000]), udpForwarding(5000)]);
    await udp.close();
    await waitForHoldings(lab, forwardings([3000]));
    await stopForwarder(program);
  });
}

udpScenario("wslfwd without --udp leaves UDP alone, and starts no helper", async (lab) => {
  await using _udp = await lab.guest.listenUdp(5000);
  await using _tcp = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwardings([3000]));
  equal((await lab.windows.state()).helperPids.length, 0);
  await stopForwarder(program);
});

udpScenario("wslfwd --udp-port opens a port before anything waits there", async (lab) => {
  const program = await startForwarder(lab, ["--udp-port", "5000"]);
  await waitForHoldings(lab, [udpForwarding(5000)]);
  await using _udp = await lab.guest.listenUdp(5000);
  await lab.lan.waitForUdp(5000);
  await stopForwarder(program);
});

udpScenario(
  "wslfwd leaves out UDP that Windows needs, loopback, and what the policy does not allow",
  async (lab) => {
    await using _mdns = await lab.guest.listenUdp(5353);
    await using _local = await lab.guest.listenUdp(5001, "127.0.0.1");
    await using _denied = await lab.guest.listenUdp(5002);
    await using _open = await lab.guest.listenUdp(5003);
    const program = await startForwarder(lab, ["--udp", "--disallow-port", "5002"]);
    equal(await waitForRejected(program, 5353), "needed-by-windows");
    equal(await waitForRejected(program, 5001), "loopback");
    equal(await waitForRejected(program, 5002), "port");
    await lab.lan.waitForUdp(5003);
    await waitForHoldings(lab, [udpForwarding(5003)]);
    await stopForwarder(program);
  },
);

udpScenario("wslfwd lets a port alone that a Windows program has by UDP", async (lab) => {
  await lab.windows.startUdpService(5000);
  await using _taken = await lab.guest.listenUdp(5000);
  await using _other = await lab.guest.listenUdp(5001);
  const program = await startForwarder(lab, ["--udp"]);
  await lab.lan.waitForUdp(5001);
  const rejected = await program.waitForEvent("rejected", ({ listenPort }) => listenPort === 5000);
  equal(
    [rejected.protocol, rejected.reason].join(),
    "udp,taken-on-windows",
    "nothing is told while the helper starts",
  );
  match(rejected.detail as string, /^pid [1-9]/, "netstat tells whose it is");
  await waitForHoldings(lab, [udpForwarding(5001)]);
  await stopForwarder(program);
});

udpScenario("wslfwd opens only the firewall for UDP in mirrored mode", async (lab) => {
  await using _udp = await lab.guest.listenUdp(5000);
  const program = await startForwarder(lab, ["--udp"]);
  await waitForHoldings(lab, [udpForwarding(5000, { isDirect: true })]);
  equal((await lab.windows.state()).helperPids.length, 0);
  await stopForwarder(program);
  await waitForHoldings(lab, []);
}, { networkingMode: "mirrored" });

udpScenario("the LAN reaches a UDP service by both families, and by neither once it is gone", async (lab) => {
  const program = await startForwarder(lab, ["--udp", "--linger", "0"]);
  const udp = await lab.guest.listenUdp(5000);
  match(await lab.lan.waitForUdp(5000), /^guest 5000 /);
  match(await lab.lan.waitForUdp(5000, SIX), /^guest 5000 /);
  await waitForHoldings(lab, [udpForwarding(5000, BOTH)]);
  await udp.close();
  await lab.lan.waitForNoUdp(5000);
  await lab.lan.waitForNoUdp(5000, SIX);
  await waitForHoldings(lab, []);
  await stopForwarder(program);
}, BOTH);
