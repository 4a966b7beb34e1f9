import { deepStrictEqual as same, equal } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import { BOTH, dualStack, SIX } from "./dual_stack.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { GuestProgram } from "./guest_program.ts";
import { forwarding, forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

dualStack("the LAN reaches a server by both families, and by neither once it is gone", async (lab) => {
  const program = await startForwarder(lab, []);
  const server = await lab.guest.listen(3000, { text: "by whichever" });
  equal((await lab.lan.waitForOpen(3000)).text, "by whichever");
  equal((await lab.lan.waitForOpen(3000, SIX)).text, "by whichever");
  await waitForHoldings(lab, forwarding(3000, BOTH));
  await server.close();
  await lab.lan.waitForClosed(3000);
  await lab.lan.waitForClosed(3000, SIX);
  await waitForHoldings(lab, []);
  await stopForwarder(program);
});

dualStack("kill -9 leaves nothing of either family", async (lab) => {
  const program = await startForwarder(lab, []);
  await using _server = await lab.guest.listen(3000);
  await lab.lan.waitForOpen(3000, SIX);
  await program.kill("SIGKILL");
  await waitForHoldings(lab, []);
});

dualStack("200 ports at once take at most four netsh, and go by one or two", async (lab) => {
  const program = await startForwarder(lab, []);
  const before = (await lab.windows.calls()).length;
  const numbers = Array.from({ length: 200 }, (_, i) => 4000 + i);
  const servers = await Promise.all(numbers.map((port) => lab.guest.listen(port)));
  await waitForHoldings(lab, forwardings(numbers, BOTH));
  const calls = (await lab.windows.calls()).slice(before);
  const changing = calls.filter(({ program, args }) => program === "netsh.exe" && args[0] === "-f");
  equal(changing.length <= 4, true, `${changing.length} netsh`);
  for (const server of servers) await server.close();
  await stopForwarder(program);
  await waitForHoldings(lab, []);
});

dualStack(
  "an entry of IPv6 that it refuses is given up alone, and all the rest is as it should be",
  async (lab) => {
    await lab.windows.addFault({
      program: "netsh.exe",
      kind: "fail",
      at: "line",
      matching: "add v6tov4",
      times: 1000,
    });
    const program = await startForwarder(lab, []);
    await using _a = await lab.guest.listen(3000);
    const { missing } = await waitForForwarded(program, 3000);
    same((missing as Record<string, unknown>[]).map(({ reason }) => reason), ["refused"]);
    await waitForHoldings(lab, forwarding(3000, { ...BOTH, only: "v4" }));
    const before = (await lab.windows.calls("netsh.exe")).length;
    await using _b = await lab.guest.listen(3001);
    await waitForHoldings(lab, forwardings([3000, 3001], { ...BOTH, only: "v4" }));
    const scripts = (await lab.windows.calls("netsh.exe")).slice(before).flatMap(({ script }) =>
      script === null ? [] : [script]
    );
    same(
      scripts.map((script) => script.filter((line) => line.includes("v6tov4"))),
      [[]],
      "one script, without IPv6",
    );
    await stopForwarder(program);
    same(program.lines.filter((line) => line.includes('"type":"error"')), []);
  },
);

dualStack(
  "--ipv4-only listens by IPv4 alone, and takes away what an earlier run had by IPv6",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const first = await startForwarder(lab, ["--no-cleanup"]);
    await waitForHoldings(lab, forwarding(3000, BOTH));
    await stopForwarder(first);
    const second = await startForwarder(lab, ["--ipv4-only"]);
    await waitForHoldings(lab, forwarding(3000));
    await stopForwarder(second);
  },
);

dualStack("rules of a version without IPv6 are taken over, and get it", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const first = await startForwarder(lab, ["--no-cleanup", "--ipv4-only"]);
  await waitForHoldings(lab, forwarding(3000));
  await stopForwarder(first);
  const second = await startForwarder(lab, []);
  await waitForHoldings(lab, forwarding(3000, BOTH));
  await stopForwarder(second);
});

dualStack("a port that it reserves for IPv6 alone is opened by IPv4", async (lab) => {
  await lab.windows.set({ excludedRanges: [{ first: 3000, last: 3009, family: 6 }] });
  const program = await startForwarder(lab, []);
  await using _a = await lab.guest.listen(3000);
  await using _b = await lab.guest.listen(3010);
  await waitForHoldings(lab, [
    ...forwarding(3000, { ...BOTH, only: "v4" }),
    ...forwarding(3010, BOTH),
  ]);
  await stopForwarder(program);
});

scenario(
  "where IPv6 is switched off in the registry, nothing is made for it, or tried twice",
  async (lab) => {
    const status = lab.wslfwd(["status"]);
    await status.exit;
    same(await asksForIpv6(lab), 0, "only who wants rules asks");
    const program = await startForwarder(lab, []);
    await using _a = await lab.guest.listen(3000);
    await waitForHoldings(lab, forwarding(3000));
    await using _b = await lab.guest.listen(3001);
    await waitForHoldings(lab, forwardings([3000, 3001]));
    await stopForwarder(program);
    same(await asksForIpv6(lab), 1);
    const lines = (await lab.windows.calls("netsh.exe")).flatMap(({ script }) => script ?? []);
    same(lines.filter((line) => line.includes("v6tov") || line.includes("[::]")), []);
  },
);

scenario(
  "in networking mode mirrored, what takes IPv6 alone is opened by IPv6, and what takes both by both",
  async (lab) => {
    await using program = await GuestProgram.start(lab);
    await program.run("listen a 6 :: 3000 v6only");
    await program.run("listen b 6 :: 3001");
    await program.run("listen c 6 ::1 3002");
    const wslfwd = await startForwarder(lab, []);
    const { listenAddresses } = await waitForForwarded(wslfwd, 3000);
    same(listenAddresses, ["::"]);
    same((await waitForForwarded(wslfwd, 3001)).listenAddresses, ["0.0.0.0", "::"]);
    equal(await waitForRejected(wslfwd, 3002), "loopback");
    const tags = (await lab.windows.rules()).map(({ description }) =>
      description.split(";").slice(3).join(" ")
    );
    same(tags.sort(), ["0.0.0.0:3001 direct [::]:3001 direct", "[::]:3000 direct"]);
    await stopForwarder(wslfwd);
    same(await lab.windows.rules(), []);
  },
  { networkingMode: "mirrored", hasIpv6: true },
);

/** How often it was asked whether Windows has IPv6. */
async function asksForIpv6(lab: Lab): Promise<number> {
  return (await lab.windows.calls("reg.exe")).filter(({ args }) => args.includes("DisabledComponents"))
    .length;
}
