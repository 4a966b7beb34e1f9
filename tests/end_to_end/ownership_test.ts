import { deepStrictEqual as same, equal } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { PortproxyEntry, Switches } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { entryLine, forwarding, forwardings, OWNER, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

const OTHER_OWNER = "0123abcd";

/** An entry as wslfwd makes it. */
const OURS: PortproxyEntry = {
  listenAddress: "0.0.0.0",
  listenPort: "3000",
  connectAddress: "172.23.21.232",
  connectPort: "3000",
};

/** One that somebody else made on the same port. */
const FOREIGN: PortproxyEntry = { ...OURS, connectAddress: "10.1.2.3", connectPort: "80" };

scenario("What wslfwd made for another Windows user is not its own", async (lab) => {
  await putClaim(lab, OTHER_OWNER, OURS);
  await lab.windows.putEntry(OURS);
  const theirs = forwarding(3000, { owner: OTHER_OWNER });
  await using _server = await lab.guest.listen(3000);
  await using _other = await lab.guest.listen(3001);
  const program = await startForwarder(lab);
  equal(await waitForRejected(program, 3000), "foreign-entry");
  await waitForHoldings(lab, [...theirs, ...forwardings([3001])]);
  await stopForwarder(program);
  await waitForHoldings(lab, theirs);
  equal((await lab.wslfwd(["--clean-rules"]).exit).code, 0);
  await waitForHoldings(lab, theirs);
});

scenario("What another distro or another user of this VM left is taken over", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  equal((await lab.wslfwd(["--mode", "manual"], { uid: 1000 }).exit).code, 0);
  await waitForHoldings(lab, forwardings([3000]));
  const program = await startForwarder(lab, [], { env: { WSL_DISTRO_NAME: "Ubuntu" } });
  equal((await waitForForwarded(program, 3000)).isTakenOver, true);
  await stopForwarder(program);
  await waitForHoldings(lab, []);
});

scenario("A half-made claim is completed where it is wanted, and removed where it is not", async (lab) => {
  await putClaim(lab, OWNER, OURS);
  await putClaim(lab, OWNER, { ...OURS, listenPort: "3001", connectPort: "3001" });
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab, ["--interval", "0.05"]);
  // The claim that a test makes has another name than wslfwd's own: it is replaced.
  await waitForHoldings(lab, forwardings([3000]));
  await stopForwarder(program);
  await waitForHoldings(lab, []);
});

scenario("An entry that somebody edited after wslfwd made it is theirs, at the next start", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  await lab.wslfwd(["--mode", "manual"]).exit;
  await lab.windows.putEntry(FOREIGN);
  const program = await startForwarder(lab);
  equal(await waitForRejected(program, 3000), "foreign-entry");
  await waitForHoldings(lab, [entryLine(FOREIGN)]);
  await stopForwarder(program);
  await waitForHoldings(lab, [entryLine(FOREIGN)]);
});

scenario("An entry that somebody edits while wslfwd runs is theirs, and wslfwd says so", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await lab.windows.putEntry(FOREIGN);
  // The next pass sees it.
  await using _other = await lab.guest.listen(3001);
  const { listenPort } = await program.waitForEvent("released");
  equal(listenPort, 3000);
  await waitForHoldings(lab, [entryLine(FOREIGN), ...forwardings([3001])]);
  await stopForwarder(program);
  await waitForHoldings(lab, [entryLine(FOREIGN)]);
});

scenario("Rules that somebody removed while wslfwd runs are made again", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const program = await startForwarder(lab);
  await lab.windows.deleteEntry("0.0.0.0", 3000);
  await lab.windows.deleteRules((await lab.windows.rules())[0]!.name);
  await using _other = await lab.guest.listen(3001);
  await waitForHoldings(lab, forwardings([3000, 3001]));
  equal(await lab.lan.fetch(3000), "the page");
  await stopForwarder(program);
});

const addKinds: readonly Switches["addOnExisting"][] = ["overwrites", "refuses"];
const racers: readonly (readonly [string, PortproxyEntry])[] = [
  ["an address", { ...FOREIGN, listenPort: "3001" }],
  ["a host name", { ...FOREIGN, listenPort: "3001", connectAddress: "nas.example" }],
  ["our own address", { ...OURS, listenPort: "3001", connectPort: "22" }],
];

for (const addOnExisting of addKinds) {
  for (const [what, entry] of racers) {
    scenario(
      `An entry to ${what} that comes between read and write is put back in the same pass (add ${addOnExisting})`,
      async (lab) => {
        await using _server = await lab.guest.listen(3000);
        const program = await startForwarder(lab);
        await waitForHoldings(lab, forwardings([3000]));
        await lab.windows.addFault({ program: "netsh.exe", kind: "hang", matching: "add v4tov4 .*=3001" });
        await using _other = await lab.guest.listen(3001);
        await lab.windows.waitFor((state) => state.hanging.length > 0);
        await lab.windows.putEntry(entry);
        await lab.windows.clearFaults();
        const event = await program.waitForEvent("restored");
        same([event.listenPort, event.connectAddress, event.isBack], [3001, entry.connectAddress, true]);
        await waitForRejected(program, 3001);
        await waitForHoldings(lab, [entryLine(entry), ...forwardings([3000])]);
        await stopForwarder(program);
        await waitForHoldings(lab, [entryLine(entry)]);
      },
      { addOnExisting },
    );
  }
}

scenario(
  "Somebody's entry with words that wslfwd does not say is left alone, and shown without harm",
  async (lab) => {
    const entry = { ...FOREIGN, listenAddress: "*", connectAddress: "a\u001b[31mred" };
    await lab.windows.putEntry(entry);
    await lab.windows.putEntry({ ...FOREIGN, listenPort: "30000-30010" });
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab);
    equal(await waitForRejected(program, 3000), "foreign-entry");
    await stopForwarder(program);
    equal((await lab.windows.entries()).length, 2);
  },
);

/** Has Windows hold a firewall rule with a tag, and nothing else. */
function putClaim(lab: Lab, owner: string, entry: PortproxyEntry): Promise<void> {
  const port = Number(entry.listenPort);
  const { listenAddress, connectAddress, connectPort } = entry;
  return lab.windows.addRule({
    name: `wslfwd-${port}-00000000`,
    localPorts: [{ first: port, last: port }],
    profiles: ["domain", "private"],
    remoteIps: ["localsubnet"],
    description: `wslfwd/2;${owner};tcp;${listenAddress}:${port};${connectAddress}:${connectPort}`,
  });
}
