import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { LAN_IPV6 } from "../simulated/windows/sockets.ts";
import { BOTH, dualStack } from "./dual_stack.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { GuestProgram } from "./guest_program.ts";
import { forwarding, forwardings, waitForHoldings } from "./holdings.ts";

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

dualStack("what takes IPv6 alone is told why it is not opened, and what to do", async (lab) => {
  await using program = await GuestProgram.start(lab);
  await program.run("listen a 6 :: 3000 v6only");
  await lab.guest.run("ip", "addr", "add", "fd00:99::1/64", "dev", "eth0", "nodad");
  await program.run("listen b 6 fd00:99::1 3001");
  const wslfwd = await startForwarder(lab, []);
  same([await waitForRejected(wslfwd, 3000), await waitForRejected(wslfwd, 3001)], ["v6only", "v6only"]);
  const { stdout } = await lab.wslfwd(["status"]).exit;
  match(
    stdout,
    /listens on IPv6 only, and Windows connects to this guest by IPv4; have it listen on 0\.0\.0\.0/,
  );
  match(
    stdout,
    /listens on fd00:99::1 only, an IPv6 address, and Windows connects to this guest by IPv4; have it/,
  );
  await stopForwarder(wslfwd);
});

dualStack("why and doctor judge each family by itself", async (lab) => {
  const find = async (...args: string[]): Promise<Record<string, { mark: string; text: string }>> => {
    const { findings } = JSON.parse((await lab.wslfwd([...args, "--json"]).exit).stdout);
    return Object.fromEntries(findings.map((finding: { check: string }) => [finding.check, finding]));
  };
  const program = await startForwarder(lab, []);
  await using _server = await lab.guest.listen(3000);
  await waitForHoldings(lab, forwarding(3000, BOTH));
  const well = await find("why", "3000");
  same([well["lan"]!.mark, well["lan-ipv6"]!.mark], ["ok", "ok"]);
  match(well["lan-ipv6"]!.text, new RegExp(`Windows answers on \\[${LAN_IPV6}\\]:3000`));
  const { ipv6, forwarding: listens } = await find("doctor");
  same([ipv6!.text, listens!.mark], [`others may type ${LAN_IPV6}, too`, "ok"]);
  await lab.windows.set({ excludedRanges: [{ first: 3000, last: 3000, family: 6 }] });
  const { code, stdout } = await lab.wslfwd(["why", "3000"]).exit;
  equal(code, 0, stdout);
  match(stdout, /not by IPv6: Windows reserves port 3000 \(netsh interface ipv6/);
  await stopForwarder(program);
});
