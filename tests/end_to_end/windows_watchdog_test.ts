import { deepStrictEqual as same, equal } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { RunningProgram } from "../simulated/running_program.ts";
import type { CallRecord, Switches } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder } from "./forwarder.ts";
import { waitForNoProcess, waitForProcess } from "./guest_processes.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** wslfwd promises that its rules are gone so long after its end, whatever it was, in milliseconds. */
const END_MS = 5000;

/** Starts wslfwd for a server on port 3000, and waits until Windows' watchdog waits. */
async function startGuarded(lab: Lab): Promise<RunningProgram> {
  await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwardings([3000]));
  await lab.windows.waitForCall((call) => isWatchdog(call) && call.endedAt === null);
  return program;
}

/** The one within. */
function isWatchdog({ program, args }: CallRecord): boolean {
  return program === "cmd.exe" && args[2] === "echo";
}

/** Whose rights a service has, and what becomes of the Windows programs of a window that closes: both ways each. */
const surroundings: readonly (readonly [string, boolean, Partial<Switches>])[] = [
  ["booted by an administrator", true, {}],
  ["booted unelevated", false, {}],
  ["where a window takes its programs with it", false, { afterClosedWindow: "stops" }],
];

for (const [what, isBootElevated, switches] of surroundings) {
  scenario(
    `A window that closes, in a distro ${what}, keeps no rules (read in WSL's source)`,
    async (lab) => {
      await lab.windows.openSession(1, isBootElevated);
      const program = await startGuarded(lab);
      await lab.closeTerminal(program);
      await waitForHoldings(lab, [], END_MS);
      await program.exit;
      await waitForNoProcess(lab, () => true);
      equal(await lab.windows.scriptFolder(), null);
    },
    switches,
  );
}

scenario("What Windows held already goes with a window that closes, too", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  await stopForwarder(await startForwarder(lab, ["--no-cleanup"]));
  await waitForHoldings(lab, forwardings([3000]));
  await lab.windows.openSession(1, false);
  const program = await startForwarder(lab);
  await lab.windows.waitForCall((call) => isWatchdog(call) && call.endedAt === null);
  await lab.closeTerminal(program);
  await waitForHoldings(lab, [], END_MS);
});

scenario("A window that closes while netsh makes an entry keeps no rules", async (lab) => {
  await lab.windows.openSession(1, false);
  const program = await startGuarded(lab);
  await lab.windows.addFault({
    program: "netsh.exe",
    kind: "hang",
    at: "line",
    matching: "add v4tov4 .*=3001",
  });
  await using _other = await lab.guest.listen(3001);
  await lab.windows.waitFor((state) => state.hanging.length > 0);
  await lab.closeTerminal(program);
  await lab.windows.clearFaults();
  await waitForHoldings(lab, [], END_MS);
});

for (const isBootElevated of [true, false]) {
  const what = isBootElevated ? "makes its rules again" : "says that it cannot make any";
  scenario(`wslfwd that outlives its window, as in tmux, ${what}`, async (lab) => {
    await lab.windows.openSession(1, isBootElevated);
    const program = await startGuarded(lab);
    const isWaiting = (call: CallRecord) => isWatchdog(call) && call.endedAt === null;
    const first = (await lab.windows.calls()).find(isWaiting)!;
    await lab.windows.loseWindow("/run/WSL/8_interop");
    await lab.windows.unlinkSession("/run/WSL/8_interop");
    await lab.windows.waitForCall(({ id, endedAt }) => id === first.id && endedAt !== null);
    if (isBootElevated) {
      await waitForHoldings(lab, forwardings([3000]));
      await lab.windows.waitForCall(isWaiting);
      await stopForwarder(program);
    } else {
      await program.waitForEvent(
        "notice",
        ({ message }) => /does not let wslfwd change/.test(message as string),
      );
      await program.kill("SIGTERM");
      await program.exit;
    }
    await waitForHoldings(lab, []);
  });
}

scenario(
  "wslfwd that outlives its window is looked after by another watchdog, with a script of its own",
  async (lab) => {
    await lab.windows.openSession(1, true);
    const program = await startGuarded(lab);
    await lab.windows.loseWindow("/run/WSL/8_interop");
    await lab.windows.unlinkSession("/run/WSL/8_interop");
    await program.waitForEvent("notice", ({ code }) => code === "session-ended");
    await waitForHoldings(lab, []);
    await waitForHoldings(lab, forwardings([3000]));
    await lab.windows.waitForCall((call) => isWatchdog(call) && call.endedAt === null);
    const { pid } = await waitForProcess(lab, ({ command }) => command.includes(" wslfwd-watchdog "));
    Deno.kill(pid, "SIGKILL");
    await program.kill("SIGKILL");
    await waitForHoldings(lab, [], END_MS);
  },
);

scenario("An entry that somebody made where ours was survives a window that closes", async (lab) => {
  await lab.windows.openSession(1, false);
  const program = await startForwarder(lab, ["--linger", "0"]);
  const server = await lab.guest.listen(3000);
  await waitForHoldings(lab, forwardings([3000]));
  await server.close();
  await waitForHoldings(lab, []);
  const entry = {
    listenAddress: "0.0.0.0",
    listenPort: "3000",
    connectAddress: "192.0.2.1",
    connectPort: "80",
  };
  await lab.windows.putEntry(entry);
  await using _other = await lab.guest.listen(3001);
  await waitForHoldings(lab, ["entry 0.0.0.0:3000 -> 192.0.2.1:80", ...forwardings([3001])]);
  await lab.windows.waitForCall((call) => isWatchdog(call) && call.endedAt === null);
  await lab.closeTerminal(program);
  await waitForHoldings(lab, ["entry 0.0.0.0:3000 -> 192.0.2.1:80"], END_MS);
});

scenario("wslfwd that is killed with its watchdog in the guest keeps no rules", async (lab) => {
  const program = await startGuarded(lab);
  const { pid } = await waitForProcess(lab, ({ command }) => command.includes(" wslfwd-watchdog "));
  Deno.kill(pid, "SIGKILL");
  await program.kill("SIGKILL");
  await waitForHoldings(lab, [], END_MS);
});

for (const afterKilledClient of ["goes-on", "stops"] as const) {
  scenario(
    `A virtual machine that dies keeps no rules, where its programs ${afterKilledClient}`,
    async (lab) => {
      await startGuarded(lab);
      await lab.guest.die();
      await waitForHoldings(lab, [], END_MS);
      await lab.windows.waitForCall((call) => isWatchdog(call) && call.endedAt !== null);
      equal(await lab.windows.scriptFolder(), null);
    },
    { afterKilledClient },
  );
}

scenario("The next start removes what was left when the user logged off", async (lab) => {
  await startGuarded(lab);
  await lab.logOff();
  await waitForHoldings(lab, forwardings([3000]));
  await lab.guest.boot();
  const program = await startForwarder(lab);
  await waitForHoldings(lab, []);
  await stopForwarder(program);
  equal(await lab.windows.scriptFolder(), null);
});

scenario("A wslfwd that starts right after another was killed keeps its rules", async (lab) => {
  const killed = await startGuarded(lab);
  await killed.kill("SIGKILL");
  const program = await startForwarder(lab);
  await lab.windows.waitForCall((call) => isWatchdog(call) && call.endedAt !== null);
  await waitForHoldings(lab, forwardings([3000]));
  await stopForwarder(program);
});

scenario("Windows' watchdog ends without a word where all is well", async (lab) => {
  const program = await startGuarded(lab);
  await stopForwarder(program);
  const watchdog = await lab.windows.waitForCall((call) => isWatchdog(call) && call.endedAt !== null);
  equal(watchdog.exitCode, 0);
  same((await lab.windows.calls("netsh.exe")).filter(({ args }) => args[1]?.includes("undo-")), []);
});

scenario("--no-cleanup has no watchdog on Windows either", async (lab) => {
  await stopForwarder(await startForwarder(lab, ["--no-cleanup"]));
  same((await lab.windows.calls("cmd.exe")).filter(isWatchdog), []);
});
