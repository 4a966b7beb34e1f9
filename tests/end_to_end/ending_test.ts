import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { REPOSITORY } from "../simulated/namespaces.ts";
import type { Lab } from "../simulated/lab.ts";
import { checkEvents, startForwarder, stopForwarder, waitForForwarded } from "./forwarder.ts";
import { listGuestProcesses, waitForNoProcess } from "./guest_processes.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** wslfwd promises that its rules are gone so long after the signal that ends it, in milliseconds. */
const CLEANUP_MS = 5000;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

for (const signal of SIGNALS) {
  for (const args of [[], ["--realtime=require"]]) {
    scenario(`${signal} ends wslfwd ${args.join(" ")} and everything that is its own`, async (lab) => {
      await using _server = await lab.guest.listen(3000);
      const program = await startForwarder(lab, args);
      if (args.length > 0) await program.waitForEvent("engine", (event) => event.engine === "bpftrace");
      await waitForHoldings(lab, forwardings([3000]));
      const stopped = stopForwarder(program, signal);
      await waitForHoldings(lab, [], CLEANUP_MS);
      await stopped;
      const removed = program.events().filter((event) => event.type === "removed");
      same(removed.map(({ listenPort, reason }) => [listenPort, reason]), [[3000, "stopped"]]);
      same(listGuestProcesses(lab), []);
      equal(await lab.windows.scriptFolder(), null);
    });
  }

  scenario(`${signal} ends wslfwd while netsh runs, and what that makes goes too`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab);
    await lab.windows.addFault({
      program: "netsh.exe",
      kind: "hang",
      at: "line",
      matching: "add v4tov4 .*=3001",
    });
    await using _other = await lab.guest.listen(3001);
    await lab.windows.waitFor((state) => state.hanging.length > 0);
    const stopped = stopForwarder(program, signal);
    await waitForHoldings(lab, [], CLEANUP_MS);
    await stopped;
  });

  scenario(`${signal} ends wslfwd while it starts`, async (lab) => {
    for (const name of ["wslinfo", "whoami.exe", "netsh.exe", "reg.exe", "netstat.exe"]) {
      await lab.windows.addFault({ program: name, kind: "hang" });
      const program = lab.wslfwd(["--json"]);
      await lab.windows.waitFor((state) => state.hanging.length > 0);
      await program.kill(signal);
      await waitForNoProcess(lab, () => true, CLEANUP_MS);
      same([(await program.exit).code, program.errorLines], [0, []], name);
      await lab.windows.clearFaults();
    }
    await waitForHoldings(lab, []);
  });

  scenario(`${signal} ends wslfwd while it makes its first rules`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    for (const line of ["show", "add rule", "add v4tov4"]) {
      await lab.windows.addFault({
        program: "netsh.exe",
        kind: "hang",
        at: "line",
        matching: line,
        nth: line === "show" ? 2 : 1,
      });
      const program = lab.wslfwd(["--json"]);
      await lab.windows.waitFor((state) => state.hanging.length > 0);
      await program.kill(signal);
      equal((await program.exit).code, 0);
      checkEvents(program);
      await waitForHoldings(lab, [], CLEANUP_MS);
      await lab.windows.clearFaults();
    }
  });
}

for (const signal of SIGNALS) {
  scenario(`${signal} ends wslfwd also when nobody reads what it prints`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const reader = lab.guest.spawn(["sh", "-c", '"$@" | head -n 1', "sh", ...wslfwdArgv(["--json"])]);
    await reader.waitForLine(/./);
    await waitForHoldings(lab, forwardings([3000]));
    await using _other = await lab.guest.listen(3001);
    await waitForHoldings(lab, forwardings([3000, 3001]));
    Deno.kill(findWslfwd(lab), signal);
    await waitForHoldings(lab, [], CLEANUP_MS);
    await waitForNoProcess(lab, () => true);
    equal((await reader.exit).stderr, "");
  });
}

scenario("A second Ctrl-C gives up, and says who removes what is left", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang", matching: "delete", times: 9 });
  await program.kill("SIGINT");
  await lab.windows.waitFor((state) => state.hanging.length > 0);
  await program.kill("SIGINT");
  const { code, stdout } = await program.exit;
  equal(code, 1);
  match(stdout, /Not waiting any longer: the watchdog removes the rules that are left; see: wslfwd status$/);
});

scenario("A terminal that closes while netsh removes the rules does not keep them", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang", at: "line", matching: "delete v4tov4" });
  await program.kill("SIGHUP");
  await lab.windows.waitFor((state) => state.hanging.length > 0);
  await lab.windows.closeSession("/run/WSL/8_interop");
  await waitForHoldings(lab, [], CLEANUP_MS);
  equal((await program.exit).code, 0);
});

scenario("wslfwd that cannot remove its rules says so, and ends with 1", async (lab) => {
  // Else Windows' own watchdog removes them.
  await lab.windows.addFault({ program: "cmd.exe", kind: "fail" });
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await lab.windows.set({ interop: "gone" });
  await program.kill("SIGTERM");
  const { code } = await program.exit;
  equal(code, 1);
  const { message } = await program.waitForEvent("error", (event) => event.operation === "clean-up");
  match(
    message as string,
    /^Rules may be left on Windows: .*; removing them goes on in the background; see wslfwd status$/,
  );
  checkEvents(program);
  await waitForHoldings(lab, forwardings([3000]));
  await lab.windows.set({ interop: "running" });
  await waitForHoldings(lab, []);
});

scenario("A signal that comes again is nothing new", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForForwarded(program, 3000);
  await Promise.all([program.kill("SIGTERM"), program.kill("SIGHUP"), program.kill("SIGTERM")]);
  equal((await program.exit).code, 0);
  await waitForHoldings(lab, []);
});

/** How to run wslfwd as root in the guest. */
function wslfwdArgv(args: readonly string[]): string[] {
  const executable = Deno.env.get("WSLFWD_EXECUTABLE") ?? "";
  if (executable !== "") return [executable, ...args];
  return [Deno.execPath(), "run", "--allow-all", "--quiet", "--cached-only", `${REPOSITORY}main.ts`, ...args];
}

/** The process id of the wslfwd that runs in the guest. */
function findWslfwd(lab: Lab): number {
  const found = listGuestProcesses(lab).filter(({ command }) =>
    command.endsWith(" --json") && !command.startsWith("sh ")
  );
  ok(found.length > 0, "no wslfwd runs");
  // A child that has not yet become another program still looks like it, and is younger.
  return Math.min(...found.map(({ pid }) => pid));
}

scenario(
  "What a netsh that was cut off makes after the end of wslfwd goes with its next start",
  async (lab) => {
    const program = await startForwarder(lab);
    await lab.windows.addFault({ program: "netsh.exe", kind: "hang", at: "line", matching: "add v4tov4" });
    const server = await lab.guest.listen(3000);
    await lab.windows.waitFor(({ hanging }) => hanging.length > 0);
    await server.close();
    await program.kill("SIGTERM");
    await program.exit;
    await lab.windows.waitFor(({ rules }) => rules.every(({ name }) => !name.startsWith("wslfwd-")));
    // Its netsh goes on by itself, and nobody of ours is there.
    await lab.windows.waitFor(({ entries }) => entries.some(({ listenPort }) => listenPort === "3000"));
    const next = await startForwarder(lab);
    await waitForHoldings(lab, []);
    await stopForwarder(next);
  },
  { killedClientDelayMs: 6000 },
);
