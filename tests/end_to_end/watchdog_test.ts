import { equal, notEqual, ok } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { RunningProgram } from "../simulated/running_program.ts";
import { startForwarder, stopForwarder, waitForForwarded } from "./forwarder.ts";
import {
  type GuestProcess,
  listGuestProcesses,
  waitForNoProcess,
  waitForProcess,
} from "./guest_processes.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** wslfwd promises that its rules are gone so long after it was killed, in milliseconds. */
const WATCHDOG_MS = 5000;

/** And that what sees to it takes at most so much memory, in KiB. */
const WATCHDOG_KIB = 2048;

scenario(
  "The rules of a wslfwd that is killed go by themselves, and so does what removes them",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab);
    await waitForHoldings(lab, forwardings([3000]));
    await program.kill("SIGKILL");
    await waitForHoldings(lab, [], WATCHDOG_MS);
    await waitForNoProcess(lab, () => true);
    equal(await lab.windows.scriptFolder(), null);
  },
);

scenario("The watchdog sleeps in a session of its own, small, until wslfwd ends", async (lab) => {
  const program = await startForwarder(lab, ["--interval", "0.05", "--linger", "0"]);
  const { pid } = await waitForProcess(lab, isWatchdog);
  ok(readStatus(pid, "VmRSS") <= WATCHDOG_KIB, `${readStatus(pid, "VmRSS")} KiB`);
  const switches = readStatus(pid, "voluntary_ctxt_switches");
  for (const port of [3000, 3001, 3002]) {
    const server = await lab.guest.listen(port);
    await waitForForwarded(program, port);
    await server.close();
    await waitForHoldings(lab, []);
  }
  equal(readStatus(pid, "voluntary_ctxt_switches"), switches, "it woke up");
  notEqual(readSession(pid), readSession(await program.pid()));
  await stopForwarder(program);
  await waitForNoProcess(lab, () => true);
});

scenario("The watchdog does not mind the signals of a terminal", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  const { pid } = await waitForProcess(lab, isWatchdog);
  for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) Deno.kill(pid, signal);
  await program.kill("SIGKILL");
  await waitForHoldings(lab, [], WATCHDOG_MS);
});

scenario("wslfwd ends well although its watchdog was killed", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  Deno.kill((await waitForProcess(lab, isWatchdog)).pid, "SIGKILL");
  await stopForwarder(program);
  await waitForHoldings(lab, []);
});

scenario("wslfwd can be started right after it was killed, and keeps what it makes then", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  let program = await startForwarder(lab);
  for (let i = 0; i < 3; i++) {
    await program.kill("SIGKILL");
    program = await startForwarder(lab);
    await waitForHoldings(lab, forwardings([3000]));
  }
  // A clean-up that comes too late finds the lock taken, and ends.
  await waitForNoProcess(lab, isCleaning);
  await waitForHoldings(lab, forwardings([3000]));
  equal(await lab.lan.fetch(3000), "the page");
  await stopForwarder(program);
});

scenario("--no-cleanup has no watchdog, and keeps the rules of a wslfwd that is killed", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab, ["--no-cleanup"]);
  equal(listGuestProcesses(lab).filter(isWatchdog).length, 0);
  await program.kill("SIGKILL");
  await program.exit;
  await waitForNoProcess(lab, () => true);
  await waitForHoldings(lab, forwardings([3000]));
});

scenario("The watchdog waits until Windows programs run again", async (lab: Lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang", matching: "delete" });
  await program.kill("SIGKILL");
  await lab.windows.waitFor((state) => state.hanging.length > 0);
  await lab.windows.clearFaults();
  await waitForHoldings(lab, []);
  await waitForNoProcess(lab, () => true);
});

scenario("The watchdog tries again until Windows does what it says", async (lab: Lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwardings([3000]));
  await killWhileWindowsFails(lab, program);
  await lab.windows.clearFaults();
  await waitForHoldings(lab, []);
  await waitForNoProcess(lab, () => true);
});

scenario("A wslfwd that starts while the watchdog waits for Windows takes over from it", async (lab: Lab) => {
  await using _server = await lab.guest.listen(3000);
  await killWhileWindowsFails(lab, await startForwarder(lab));
  const program = lab.wslfwd(["--json"]);
  await waitForNoProcess(lab, isCleaning);
  await lab.windows.clearFaults();
  await waitForForwarded(program, 3000);
  await waitForHoldings(lab, forwardings([3000]));
  await stopForwarder(program);
  await waitForHoldings(lab, []);
});

scenario("A wslfwd that starts while the watchdog hangs on Windows takes over from it", async (lab: Lab) => {
  await using _server = await lab.guest.listen(3000);
  const killed = await startForwarder(lab);
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang", matching: "show all", times: 1000 });
  await killed.kill("SIGKILL");
  await lab.windows.waitFor((state) => state.hanging.length > 0);
  const program = lab.wslfwd(["--json"]);
  await waitForNoProcess(lab, isCleaning);
  await lab.windows.clearFaults();
  await waitForForwarded(program, 3000);
  await waitForHoldings(lab, forwardings([3000]));
  await stopForwarder(program);
  await waitForHoldings(lab, []);
});

/** Resolves when the watchdog's clean-up has tried twice what Windows does not do. */
async function killWhileWindowsFails(lab: Lab, program: RunningProgram): Promise<void> {
  await lab.windows.addFault({ program: "netsh.exe", kind: "fail", matching: "show all", times: 1000 });
  const countCalls = async () => (await lab.windows.calls("netsh.exe")).length;
  const before = await countCalls();
  await program.kill("SIGKILL");
  await waitForProcess(lab, isCleaning);
  for (let i = 0; await countCalls() < before + 3; i++) {
    ok(i < 2000, "the clean-up did not try again");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isWatchdog({ command }: GuestProcess): boolean {
  return command.includes(" wslfwd-watchdog ");
}

function isCleaning({ command }: GuestProcess): boolean {
  return command.includes(" --clean-rules") && !command.includes(" wslfwd-watchdog ");
}

/** A number of /proc/PID/status. */
function readStatus(pid: number, field: string): number {
  return Number(
    new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1],
  );
}

/** The id of the session that a process is in. */
function readSession(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
}
