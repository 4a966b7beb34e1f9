/** `doctor --report` and `doctor --try`. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { GUEST_ADDRESS } from "../../simulated/guest.ts";
import { USUAL } from "../../simulated/windows/model.ts";
import { holdings, waitForHoldings } from "../holdings.ts";
import { startForwarder, stopForwarder } from "../forwarder.ts";
import { scenario } from "../scenario.ts";
import { GuestTerminal } from "./guest_terminal.ts";

const FILE = "/run/guest/report.txt";

function shows(pattern: RegExp): (lines: string[]) => boolean {
  return (lines) => pattern.test(lines.join("\n"));
}

scenario(
  "doctor --report writes what it shows to a new file of one's own, without anybody's names",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab);
    const { code, stdout, stderr } = await lab.wslfwd(["doctor", "--report", FILE, "--yes"]).exit;
    same([code, stderr], [0, ""]);
    const text = (await lab.guest.spawn(["cat", FILE]).exit).stdout;
    ok(stdout.startsWith(text), "what was written is what was shown");
    equal((await lab.guest.spawn(["stat", "-c", "%a %u", FILE]).exit).stdout, "600 0");
    for (
      const title of [
        "wsl",
        "doctor",
        "mounts of Windows' drives",
        "listening sockets of the guest",
        "running wslfwd",
        "programs of Windows",
      ]
    ) {
      ok(text.includes(`\n## ${title}\n\n`), title);
    }
    match(text, /^wslfwd \d+\.\d+\.\d+ \(/);
    match(text, /^0\.0\.0\.0:3000 \S/m);
    match(text, /^\$ netsh\.exe interface portproxy show all\n# exit 0, \d+ ms\n/m);
    match(text, /^0\.0\.0\.0 +3000 +172\.(1[6-9]|2\d|3[01])\.\d\d\.\d{3} +3000/m);
    for (const secret of [GUEST_ADDRESS, "192.168.50.1", USUAL.sid, "7f3k2ab", "\\mia", "desktop-"]) {
      ok(!text.includes(secret), secret);
    }
    const again = await lab.wslfwd(["doctor", "--report", FILE, "--yes"]).exit;
    equal(again.code, 1);
    match(again.stderr, /^wslfwd: Cannot write the report: .*; name a file that is not there yet$/);
    await stopForwarder(program);
  },
);

scenario("doctor --report and --try ask first, and change nothing where nobody answers", async (lab) => {
  for (const args of [["--report", FILE], ["--try"]]) {
    const { code, stderr } = await lab.wslfwd(["doctor", ...args]).exit;
    equal(code, 2);
    match(stderr, /there is no terminal to ask; add --yes$/);
  }
  await using terminal = await GuestTerminal.open(lab, 110, 30);
  await terminal.type("wslfwd doctor --try");
  await terminal.waitFor(shows(/Go on\? \[y\/N\]/));
  await terminal.type("n");
  await terminal.waitFor(shows(/Nothing was changed\./));
  same(holdings(await lab.windows.state()), []);
});

scenario("doctor --try makes a rule, connects through it, and leaves nothing", async (lab) => {
  const foreign = {
    listenAddress: "0.0.0.0",
    listenPort: "21400",
    connectAddress: "10.1.2.3",
    connectPort: "80",
  };
  await lab.windows.putEntry(foreign);
  const before = holdings(await lab.windows.state());
  const { code, stdout, stderr } = await lab.wslfwd(["doctor", "--try", "--yes"]).exit;
  same([code, stderr], [0, ""], stdout);
  match(stdout, /^✓ make +port 21401 was made \(\d+ ms\)$/m);
  match(stdout, /^✓ connect +a connection from Windows came through \(\d+ ms\)$/m);
  match(stdout, /^✓ remove +nothing of it is left \(\d+ ms\)\nIt works here\.$/m);
  same(holdings(await lab.windows.state()), before);
  equal(await lab.windows.scriptFolder(), null);
});

scenario(
  "doctor --try says that it does not work, and leaves nothing, where IP Helper is stopped",
  async (lab) => {
    const { code, stdout } = await lab.wslfwd(["doctor", "--try", "--yes"]).exit;
    equal(code, 1);
    match(stdout, /^✗ connect +no connection from Windows came through/m);
    match(stdout, /^It does not work here: /m);
    same(holdings(await lab.windows.state()), []);
  },
  { ipHelper: "stopped" },
);

scenario("doctor --try tells what to type on another device, and sees it come through", async (lab) => {
  await using terminal = await GuestTerminal.open(lab, 110, 40);
  for (const device of ["192.168.50.20", "y"]) {
    await terminal.type("clear; wslfwd doctor --try");
    await terminal.waitFor(shows(/Go on\? \[y\/N\]/));
    await terminal.type("y");
    await terminal.waitFor(shows(/Another device in this network/));
    await terminal.type(device);
    await terminal.waitFor(shows(/There, open http:\/\/192\.168\.50\.1:21400\/[^]*Waiting/));
    match(await lab.lan.fetch(21_400) ?? "", /wslfwd works\./);
    await terminal.waitFor(shows(/the other device was here[^]*It works here\./));
    await waitForHoldings(lab, []);
  }
});

scenario("doctor --try says so where the other device is not in the LAN, or does not come", async (lab) => {
  await using terminal = await GuestTerminal.open(lab, 110, 40);
  await terminal.type("wslfwd doctor --try");
  await terminal.waitFor(shows(/Go on\? \[y\/N\]/));
  await terminal.type("y");
  await terminal.waitFor(shows(/Another device in this network/));
  await terminal.type("10.9.9.9");
  await terminal.waitFor(shows(/10\.9\.9\.9 is in no network of this PC[^]*Waiting/));
  equal(await lab.lan.fetch(21_400, { from: "outside", timeoutMs: 1_000 }), null);
  await terminal.type("");
  await terminal.waitFor(shows(/no other device came through[^]*It does not work here/));
  await waitForHoldings(lab, []);
});

scenario("doctor --try refuses beside a wslfwd that runs, and without the rights", async (lab) => {
  const program = await startForwarder(lab);
  equal((await lab.wslfwd(["doctor", "--try", "--yes"]).exit).code, 5);
  await stopForwarder(program);
  await lab.windows.set({ isElevated: false });
  equal((await lab.wslfwd(["doctor", "--try", "--yes"]).exit).code, 4);
  for (const args of [["--try"], ["--report", FILE], ["doctor", "--try", "--report", FILE]]) {
    equal((await lab.wslfwd(args).exit).code, 2, args.join(" "));
  }
});
