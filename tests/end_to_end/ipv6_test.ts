import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import { LAN_IPV6 } from "../simulated/windows/sockets.ts";
import { startForwarder, stopForwarder, waitForForwarded } from "./forwarder.ts";
import { forwarding, forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

const BOTH = { hasIpv6: true } as const;
const SIX = { address: LAN_IPV6 } as const;

function dualStack(name: string, run: (lab: Lab) => Promise<void>): void {
  scenario(`where Windows has IPv6, ${name}`, run, BOTH);
}

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

const FOREIGN = {
  families: "v6tov4",
  listenAddress: "::",
  listenPort: "3000",
  connectAddress: "192.168.50.20",
  connectPort: "80",
} as const;

dualStack(
  "somebody's entry of one family stands in the way of that family alone, and it is told",
  async (lab) => {
    await lab.windows.putEntry(FOREIGN);
    const program = await startForwarder(lab, []);
    await using _server = await lab.guest.listen(3000, { text: "by IPv4" });
    equal((await lab.lan.waitForOpen(3000)).text, "by IPv4");
    const { listenAddresses, missing } = await waitForForwarded(program, 3000);
    const detail = "[::]:3000 -> 192.168.50.20:80";
    same([listenAddresses, missing], [["0.0.0.0"], [{
      listenAddress: "::",
      reason: "foreign-entry",
      detail,
    }]]);
    const { stdout } = await lab.wslfwd(["status"]).exit;
    match(
      stdout,
      /not by IPv6: somebody else's entry has this port on Windows; remove it, or use --map \(\[::\]:3000/,
    );
    // It goes while wslfwd runs: the next pass sees it, and so does whoever is told.
    await lab.windows.deleteEntry("::", 3000);
    await using _other = await lab.guest.listen(3001);
    const changed = await program.waitForEvent(
      "changed",
      ({ missing }) => (missing as unknown[]).length === 0,
    );
    same([changed.listenPort, changed.listenAddresses], [3000, ["0.0.0.0", "::"]]);
    await waitForHoldings(lab, forwardings([3000, 3001], BOTH));
    await lab.windows.putEntry(FOREIGN);
    await using _third = await lab.guest.listen(3002);
    const { missing: again } = await program.waitForEvent(
      "changed",
      ({ missing }) => (missing as unknown[]).length > 0,
    );
    same((again as unknown[]).length, 1);
    await stopForwarder(program);
    same((await lab.windows.entries()).map(({ families, connectAddress }) => [families, connectAddress]), [
      ["v6tov4", "192.168.50.20"],
    ]);
  },
);

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

dualStack("url, address, list and status know both families", async (lab) => {
  const program = await startForwarder(lab, []);
  await using _server = await lab.guest.listen(3000);
  await waitForHoldings(lab, forwarding(3000, BOTH));
  await program.waitForEvent("network", ({ lanIpv6 }) => lanIpv6 === LAN_IPV6);
  const say = async (...args: string[]) => (await lab.wslfwd(args).exit).stdout;
  const [four, six] = ["http://192.168.50.1:3000", `\nhttp://[${LAN_IPV6}]:3000`];
  equal(await say("url", "3000"), four);
  equal(await say("url", "3000", "--all"), four + six);
  equal(await say("address"), "192.168.50.1");
  equal(await say("address", "--all"), `192.168.50.1\n${LAN_IPV6}`);
  match(await say("list"), /^192\.168\.50\.1:3000\t172\.23\.21\.232:3000\t\S+$/);
  const { forwarded: [forward] } = JSON.parse(await say("list", "--json"));
  same([forward.listenAddresses, forward.lanAddress, forward.lanIpv6], [
    ["0.0.0.0", "::"],
    "192.168.50.1",
    LAN_IPV6,
  ]);
  await stopForwarder(program);
  const kept = await startForwarder(lab, ["--no-cleanup"]);
  await waitForHoldings(lab, forwarding(3000, BOTH));
  await stopForwarder(kept);
  match(await say("list"), /^192\.168\.50\.1:3000\t172\.23\.21\.232:3000\t-$/, "a port is one line");
  equal(await say("url", "3000", "--all"), four + six);
  match(await say("--clean-rules"), /for 1 port\./);
});

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

/** How often it was asked whether Windows has IPv6. */
async function asksForIpv6(lab: Lab): Promise<number> {
  return (await lab.windows.calls("reg.exe")).filter(({ args }) => args.includes("DisabledComponents"))
    .length;
}
