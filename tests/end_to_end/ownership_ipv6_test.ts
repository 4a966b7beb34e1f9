import { deepStrictEqual as same, equal } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { PortproxyEntry } from "../simulated/windows/model.ts";
import { BOTH, dualStack, SIX } from "./dual_stack.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { entryLine, forwarding, forwardings, OWNER, waitForHoldings } from "./holdings.ts";

/** Somebody's entry on a port of ours, by IPv6. */
const THEIRS: PortproxyEntry = {
  families: "v6tov4",
  listenAddress: "::",
  listenPort: "3000",
  connectAddress: "10.1.2.3",
  connectPort: "80",
};

dualStack("what wslfwd made by both families for another Windows user is not its own", async (lab) => {
  const theirs = forwarding(3000, { ...BOTH, owner: "0123abcd" });
  await putClaim(lab, "0123abcd", 3000);
  for (const listenAddress of ["0.0.0.0", "::"]) await lab.windows.putEntry(ours(listenAddress, 3000));
  await using _a = await lab.guest.listen(3000);
  await using _b = await lab.guest.listen(3001);
  const program = await startForwarder(lab);
  equal(await waitForRejected(program, 3000), "foreign-entry");
  await waitForHoldings(lab, [...theirs, ...forwarding(3001, BOTH)]);
  await stopForwarder(program);
  equal((await lab.wslfwd(["--clean-rules"]).exit).code, 0);
  await waitForHoldings(lab, theirs);
});

dualStack(
  "a half-made claim on both families is completed where it is wanted, and removed where not",
  async (lab) => {
    await putClaim(lab, OWNER, 3000);
    await lab.windows.putEntry(ours("0.0.0.0", 3000));
    await putClaim(lab, OWNER, 3001);
    await lab.windows.putEntry(ours("::", 3001));
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab, ["--interval", "0.05"]);
    await waitForHoldings(lab, forwarding(3000, BOTH));
    await stopForwarder(program);
    await waitForHoldings(lab, []);
  },
);

dualStack("an entry of IPv6 that somebody edits is theirs, and the port stays open by IPv4", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwarding(3000, BOTH));
  await lab.windows.putEntry(THEIRS);
  // The next pass sees it.
  await using _other = await lab.guest.listen(3001);
  const { missing } = await program.waitForEvent("changed");
  same((missing as Record<string, unknown>[]).map(({ listenAddress, reason }) => [listenAddress, reason]), [
    ["::", "foreign-entry"],
  ]);
  const held = [...forwarding(3000, { ...BOTH, only: "v4" }), ...forwarding(3001, BOTH)];
  await waitForHoldings(lab, [entryLine(THEIRS), ...held]);
  equal(await lab.lan.fetch(3000), "the page");
  await stopForwarder(program);
  await waitForHoldings(lab, [entryLine(THEIRS)]);
});

dualStack("an entry of IPv4 that somebody edits is theirs, and the port stays open by IPv6", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwarding(3000, BOTH));
  const theirs = { ...THEIRS, families: "v4tov4", listenAddress: "0.0.0.0" } as const;
  await lab.windows.putEntry(theirs);
  await using _other = await lab.guest.listen(3001);
  equal((await program.waitForEvent("released")).listenAddress, "0.0.0.0");
  await program.waitForEvent(
    "forwarded",
    ({ listenAddress, listenPort }) => listenPort === 3000 && listenAddress === "::",
  );
  const held = [...forwarding(3000, { ...BOTH, only: "v6" }), ...forwarding(3001, BOTH)];
  await waitForHoldings(lab, [entryLine(theirs), ...held]);
  equal(await lab.lan.fetch(3000, SIX), "the page");
  await stopForwarder(program);
  await waitForHoldings(lab, [entryLine(theirs)]);
});

dualStack("rules of both families that somebody removed are made again", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwarding(3000, BOTH));
  await lab.windows.deleteEntry("::", 3000);
  await lab.windows.deleteRules((await lab.windows.rules())[0]!.name);
  await using _other = await lab.guest.listen(3001);
  await waitForHoldings(lab, forwardings([3000, 3001], BOTH));
  await stopForwarder(program);
});

dualStack("an entry of IPv6 that comes between read and write is put back in the same pass", async (lab) => {
  const entry = { ...THEIRS, listenPort: "3001" };
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwarding(3000, BOTH));
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang", matching: "add v6tov4 .*=3001" });
  await using _other = await lab.guest.listen(3001);
  await lab.windows.waitFor((state) => state.hanging.length > 0);
  await lab.windows.putEntry(entry);
  await lab.windows.clearFaults();
  const event = await program.waitForEvent("restored");
  same([event.listenPort, event.connectAddress, event.isBack], [3001, entry.connectAddress, true]);
  await waitForForwarded(program, 3001);
  const held = [...forwarding(3000, BOTH), ...forwarding(3001, { ...BOTH, only: "v4" })];
  await waitForHoldings(lab, [entryLine(entry), ...held]);
  await stopForwarder(program);
  await waitForHoldings(lab, [entryLine(entry)]);
});

/** An entry as wslfwd makes it. */
function ours(listenAddress: string, port: number): PortproxyEntry {
  return {
    families: listenAddress === "::" ? "v6tov4" : "v4tov4",
    listenAddress,
    listenPort: `${port}`,
    connectAddress: "172.23.21.232",
    connectPort: `${port}`,
  };
}

/** Has Windows hold a firewall rule with a tag for both families, and nothing else. */
function putClaim(lab: Lab, owner: string, port: number): Promise<void> {
  const target = `172.23.21.232:${port}`;
  return lab.windows.addRule({
    name: `wslfwd-${port}-00000000`,
    localPorts: [{ first: port, last: port }],
    profiles: ["domain", "private"],
    remoteIps: ["localsubnet"],
    description: `wslfwd/2;${owner};tcp;0.0.0.0:${port};${target};[::]:${port};${target}`,
  });
}
