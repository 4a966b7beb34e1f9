import { equal, match } from "node:assert/strict";
import { startForwarder, stopForwarder } from "../forwarder.ts";
import { forwardings, udpForwarding, waitForHoldings } from "../holdings.ts";
import { udpScenario } from "./udp_scenario.ts";

udpScenario("a helper that was killed is started again, with all its ports", async (lab) => {
  await using _a = await lab.guest.listenUdp(5000);
  await using _b = await lab.guest.listenUdp(5001);
  const program = await startForwarder(lab, ["--udp"]);
  await lab.lan.waitForUdp(5000);
  await lab.lan.waitForUdp(5001);
  await lab.windows.killHelper();
  await lab.lan.waitForUdp(5000);
  await lab.lan.waitForUdp(5001);
  equal((await lab.windows.state()).helperPids.length, 2);
  await waitForHoldings(lab, [udpForwarding(5000), udpForwarding(5001)]);
  equal((await lab.windows.calls("csc.exe")).length, 1, "it was compiled once");
  await stopForwarder(program);
});

udpScenario("nothing of the helper outlives a wslfwd that was killed", async (lab) => {
  await using _udp = await lab.guest.listenUdp(5000);
  const program = await startForwarder(lab, ["--udp"]);
  await lab.lan.waitForUdp(5000);
  await program.kill("SIGKILL");
  await lab.lan.waitForNoUdp(5000);
  await waitForHoldings(lab, []);
  await lab.windows.waitFor((state) => state.netshRunning === 0);
  while (await lab.windows.scriptFolder() !== null) {
    await new Promise((resolve) => setTimeout(resolve, 50)); // The watchdog removes it last.
  }
});

udpScenario("without a compiler PowerShell compiles the helper", async (lab) => {
  await using _udp = await lab.guest.listenUdp(5000);
  const program = await startForwarder(lab, ["--udp"]);
  await lab.lan.waitForUdp(5000);
  equal((await lab.windows.calls("csc.exe")).length, 0);
  await stopForwarder(program);
}, { hasCompiler: false });

udpScenario(
  "where the helper cannot be compiled, UDP is rejected, that is said once, and TCP goes on",
  async (lab) => {
    await lab.windows.addFault({ program: "csc.exe", kind: "fail", times: 99 });
    await lab.windows.addFault({
      program: "powershell.exe",
      kind: "fail",
      matching: "EncodedCommand",
      times: 99,
    });
    await using _tcp = await lab.guest.listen(3000);
    await using _udp = await lab.guest.listenUdp(5000);
    const program = await startForwarder(lab, ["--udp"]);
    const { message } = await program.waitForEvent("notice", ({ code }) => code === "helper-failed");
    match(message as string, /^UDP is not forwarded: csc\.exe ended with 1.*; TCP is not affected$/);
    equal(
      (await program.waitForEvent("rejected", ({ listenPort }) => listenPort === 5000)).reason,
      "no-carrier",
    );
    await waitForHoldings(lab, forwardings([3000]));
    await stopForwarder(program);
  },
);

udpScenario("--helper=off starts none", async (lab) => {
  await using _udp = await lab.guest.listenUdp(5000);
  const program = await startForwarder(lab, ["--udp", "--helper", "off"]);
  equal(
    (await program.waitForEvent("rejected", ({ listenPort }) => listenPort === 5000)).reason,
    "no-carrier",
  );
  equal((await lab.windows.calls("csc.exe")).length, 0);
  await stopForwarder(program);
});
