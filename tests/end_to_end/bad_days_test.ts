import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { RunningProgram } from "../simulated/running_program.ts";
import type { Fault, Switches } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder, waitForForwarded } from "./forwarder.ts";
import { GuestProgram } from "./guest_program.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { runChecked } from "../simulated/namespaces.ts";
import { scenario } from "./scenario.ts";

const QUICK = ["--interval", "0.05", "--linger", "0"] as const;

/** What befalls the netsh that changes rules. */
const changeFaults: readonly (readonly [string, Omit<Fault, "program">])[] = [
  ["fails", { kind: "fail", matching: "add rule" }],
  ["fails three times", { kind: "fail", matching: "add rule", times: 3 }],
  ["does nothing and says that it did", { kind: "pretend", matching: "add rule" }],
  ["prints garbage", { kind: "garbage", matching: "add rule" }],
  ["prints nothing", { kind: "nothing", matching: "add rule" }],
  ["makes no firewall rule", { kind: "fail", at: "line", matching: "add rule" }],
  ["makes no entry", { kind: "fail", at: "line", matching: "add v4tov4" }],
  ["makes neither", { kind: "fail", at: "line", matching: "add", times: 4 }],
  ["says that it made an entry", { kind: "pretend", at: "line", matching: "add v4tov4" }],
];

for (const failedScriptExits of [0, 1] as const) {
  for (const [what, fault] of changeFaults) {
    scenario(
      `Rules are right in the end where netsh ${what} (and exits with ${failedScriptExits})`,
      async (lab) => {
        await using _server = await lab.guest.listen(3000);
        const program = await startForwarder(lab, QUICK);
        await waitForHoldings(lab, forwardings([3000]));
        await lab.windows.addFault({ program: "netsh.exe", ...fault });
        await using _other = await lab.guest.listen(3001);
        await waitForForwarded(program, 3001);
        await waitForHoldings(lab, forwardings([3000, 3001]));
        await stopForwarder(program);
        const errors = program.events().filter(({ type }) => type === "error");
        ok(errors.length <= 1, JSON.stringify(errors));
        await waitForHoldings(lab, []);
      },
      { failedScriptExits },
    );
  }
}

scenario("Rules go in the end where netsh fails to remove them", async (lab) => {
  for (const [what, fault] of changeFaults.filter(([, fault]) => fault.at !== "line")) {
    const server = await lab.guest.listen(3000);
    const program = await startForwarder(lab, QUICK);
    await lab.windows.addFault({ program: "netsh.exe", ...fault, matching: "delete" });
    await server.close();
    await waitForHoldings(lab, []).catch((error) => {
      throw new Error(`netsh ${what}: ${error.message}`);
    });
    await stopForwarder(program);
    await lab.windows.clearFaults();
  }
});

/** A read at the start that fails: which program, and what it does instead. */
for (const program of ["netsh.exe", "reg.exe", "netstat.exe", "sc.exe"]) {
  for (const kind of ["garbage", "nothing", "fail"] as const) {
    if (program === "reg.exe" && kind === "fail") continue; // Shown as "not found", exit 1, by a fault: no failure to tell.
    scenario(
      `wslfwd waits with its first rules while ${program} says ${kind}, and says so once`,
      async (lab) => {
        await using _server = await lab.guest.listen(3000);
        await lab.windows.addFault({ program, kind, times: 3 });
        const wslfwd = lab.wslfwd(["--json"]);
        const { operation, message } = await wslfwd.waitForEvent("error");
        equal(operation, "windows");
        match(message as string, /^Cannot read the .*: /);
        await wslfwd.waitForEvent("ready");
        await waitForHoldings(lab, forwardings([3000]));
        await stopForwarder(wslfwd);
        equal(wslfwd.events().filter(({ type }) => type === "error").length, 1);
      },
    );
  }
}

scenario("Rules stay while what listens cannot be looked up on Windows", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const program = await startForwarder(lab, QUICK);
  for (const name of ["netsh.exe", "reg.exe", "netstat.exe", "sc.exe"]) {
    await lab.windows.addFault({
      program: name,
      kind: "garbage",
      matching: "show all$|query|-ano",
      times: 2,
    });
  }
  await using _other = await lab.guest.listen(3001);
  await waitForForwarded(program, 3001);
  await waitForHoldings(lab, forwardings([3000, 3001]));
  equal(await lab.lan.fetch(3000), "the page");
  await stopForwarder(program);
});

const outages: readonly (readonly [string, Partial<Switches>, Partial<Switches>])[] = [
  ["there is no interop", { interop: "gone" }, { interop: "running" }],
  ["interop refuses", { interop: "stale" }, { interop: "running" }],
  ["Windows starts no programs", { refusesPrograms: true }, { refusesPrograms: false }],
  ["the drive is not mounted", { drive: null }, { drive: "/mnt/c" }],
];

for (const [what, begin, end] of outages) {
  scenario(
    `wslfwd goes on when it can again after a while in which ${what}, and says each once`,
    async (lab) => {
      const server = await lab.guest.listen(3000);
      const program = await startForwarder(lab, QUICK);
      await lab.windows.set(begin);
      await server.close();
      await using _other = await lab.guest.listen(3001);
      // The look that follows a change may have been under way, and failed first.
      const { message } = await program.waitForEvent("error", (event) => event.operation === "netsh");
      match(message as string, /^Cannot change rules on Windows: /);
      await lab.windows.set(end);
      await waitForForwarded(program, 3001);
      await waitForHoldings(lab, forwardings([3001]));
      await program.waitForEvent("recovered", (event) => event.operation === "netsh");
      await stopForwarder(program);
      const failed = operationsOf(program, "error");
      same(failed, [...new Set(failed)], "each is said once");
    },
  );
}

scenario("wslfwd goes on when it can again after a while in which it can start no program", async (lab) => {
  const program = await startForwarder(lab, QUICK);
  const pid = await program.pid();
  const limit = (files: number) => runChecked("/usr/bin/prlimit", [`--nofile=${files}:`, `--pid=${pid}`]);
  // A child needs descriptors for its pipes. (Memory fails in the same place: posix_spawn, with another errno.)
  await limit(10);
  await using _server = await lab.guest.listen(3000);
  const { message } = await program.waitForEvent("error", (event) => event.operation === "netsh");
  match(
    message as string,
    /^Cannot change rules on Windows: .*: no pipe can be made; too many files are open$/,
  );
  await limit(1000);
  await waitForForwarded(program, 3000);
  await waitForHoldings(lab, forwardings([3000]));
  await stopForwarder(program);
  const failed = operationsOf(program, "error");
  same(failed, [...new Set(failed)], "each is said once");
});

scenario("wslfwd does without a script where it cannot write one", async (lab) => {
  // One inode, which the folder itself takes: no file can be made.
  const full = "mkdir -p /mnt/c/Windows/wslfwd; mount -t tmpfs -o nr_inodes=1 full /mnt/c/Windows/wslfwd";
  await lab.guest.run("sh", "-c", full);
  await expectSingleCommands(lab);
  await lab.guest.run("umount", "/mnt/c/Windows/wslfwd");
});

scenario(
  "wslfwd does without a script where the drive is mounted for somebody who is not elevated",
  async (lab) => {
    await lab.guest.run("mount", "-o", "remount,bind,ro", "/mnt/c/Windows");
    await expectSingleCommands(lab);
  },
);

async function expectSingleCommands(lab: Lab): Promise<void> {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const program = await startForwarder(lab, QUICK);
  await waitForHoldings(lab, forwardings([3000]));
  equal(await lab.lan.fetch(3000), "the page");
  await using _other = await lab.guest.listen(3001);
  await waitForForwarded(program, 3001);
  await stopForwarder(program);
  await waitForHoldings(lab, []);
  ok((await lab.windows.calls("netsh.exe")).every((call) => call.script === null));
}

scenario("Thousands of listeners are forwarded in few netsh, and gone with wslfwd", async (lab) => {
  const ports = Array.from({ length: 5000 }, (_, i) => 20_000 + i); // none that is held back
  await using guest = await GuestProgram.start(lab);
  await guest.run(...ports.map((port) => `listen s${port} 4 0.0.0.0 ${port}`));
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwardings(ports), 30_000);
  // More than can be removed in the time that wslfwd gives itself is left to the watchdog.
  await program.kill("SIGTERM");
  await program.exit;
  await waitForHoldings(lab, [], 30_000);
  const scripts = (await lab.windows.calls("netsh.exe")).filter((call) => call.script !== null);
  ok(scripts.length <= 2 * 5000 / 400 + 2, `${scripts.length} netsh`);
});

/** What the events of a type are about, in the order in which they were told. */
function operationsOf(program: RunningProgram, type: string): unknown[] {
  return program.events().filter((event) => event.type === type).map(({ operation }) => operation);
}
