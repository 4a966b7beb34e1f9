/** How wslfwd begins and ends on a terminal, and what it prints where there is none. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { Lab } from "../../simulated/lab.ts";
import { forwardings, waitForHoldings } from "../holdings.ts";
import { scenario } from "../scenario.ts";
import { GuestTerminal } from "./guest_terminal.ts";

const IN_TABLE = "cursor off, alternate screen, wrap on", AS_BEFORE = "cursor on, main screen, wrap on";

/** The process id, in the guest, of the wslfwd that runs. */
async function instancePid(lab: Lab): Promise<number> {
  return JSON.parse((await lab.wslfwd(["status", "--json"]).exit).stdout).instance.pid;
}

async function openTable(lab: Lab, command = "wslfwd"): Promise<GuestTerminal> {
  const terminal = await GuestTerminal.open(lab, 80, 24);
  await terminal.type("clear; echo before");
  await terminal.waitFor((lines) => lines.join() === "before,$");
  await terminal.type(command);
  await terminal.waitFor((lines) => lines[0] === "wslfwd: 1 reachable");
  equal(await terminal.modes(), IN_TABLE);
  return terminal;
}

/** Waits for a terminal's modes, and checks that nothing of the table stayed. */
async function expectRestored(terminal: GuestTerminal): Promise<string[]> {
  const lines = await terminal.waitFor((lines) =>
    !lines.join().includes("PROGRAM") && lines.includes("before")
  );
  equal(await terminal.modes(), AS_BEFORE);
  ok(!(await terminal.capture(true)).join().includes("PROGRAM"));
  return lines;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  scenario(`${signal} gives the terminal back, with one line that says what went`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    await using terminal = await openTable(lab);
    if (signal === "SIGINT") await terminal.press("C-c");
    else await lab.guest.run("kill", `-${signal}`, `${await instancePid(lab)}`);
    await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 1 port"));
    const lines = await expectRestored(terminal);
    same(lines.slice(1, 3), ["$ wslfwd", "wslfwd has ended; closed 1 port"]);
    await waitForHoldings(lab, []);
  });
}

scenario("the last line says that rules stay, or that there were none", async (lab) => {
  await using server = await lab.guest.listen(3000);
  await using terminal = await openTable(lab, "wslfwd --no-cleanup");
  await terminal.press("C-c");
  await terminal.waitFor((lines) =>
    lines.includes("wslfwd has ended; 1 port stays forwarded; to end that: wslfwd --clean-rules")
  );
  await waitForHoldings(lab, forwardings([3000]));
  await server.close();
  await terminal.type("clear; wslfwd");
  await terminal.waitFor((lines) => lines.join().includes("Nothing to forward yet"));
  await terminal.press("C-c");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; there was nothing to remove"));
});

scenario("kill -9 gives the terminal back, and the rules go", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  await using terminal = await openTable(lab);
  await lab.guest.run("kill", "-9", `${await instancePid(lab)}`);
  await expectRestored(terminal);
  await waitForHoldings(lab, []);
  await terminal.type("echo still $((1 + 1)) here; stty -a | grep -o ' -*icanon\\| -*echo '");
  await terminal.waitFor((lines) =>
    lines.includes("still 2 here") && lines.includes(" icanon") && lines.includes(" echo")
  );
});

scenario("an end before the table leaves the lines alone that stand on the terminal", async (lab) => {
  await using terminal = await GuestTerminal.open(lab, 80, 24);
  await terminal.type("clear; seq 12; wslfwd --windows-ip 192.168.77.1; echo code $?");
  const lines = await terminal.waitFor((lines) => lines.includes("code 2"));
  same(lines.slice(0, 12), Array.from({ length: 12 }, (_, index) => String(index + 1)));
  equal(lines.at(-1), "$");
}, { networkingMode: "mirrored" });

scenario("Ctrl-Z steps aside, fg comes back, and the rules go at the end", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  await using terminal = await openTable(lab);
  await terminal.press("C-z");
  await terminal.waitFor((lines) => lines.join().includes("Stopped"));
  await expectRestored(terminal);
  await waitForHoldings(lab, forwardings([3000]));
  await terminal.type("fg");
  await terminal.waitFor((lines) => lines.join().includes("PROGRAM"));
  equal(await terminal.modes(), IN_TABLE);
  await terminal.press("C-c");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 1 port"));
  await expectRestored(terminal);
  await waitForHoldings(lab, []);
});

scenario("a long first step shows a spinner, which goes without a trace", async (lab) => {
  await using terminal = await GuestTerminal.open(lab, 80, 24);
  const spinner = /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] asking Windows what it holds …$/;
  const steps: readonly (readonly [command: string, end: RegExp])[] = [
    ["wslfwd status", /^Windows holds no portproxy entries\.$/],
    ["wslfwd plan", /^# nothing to change$/],
    ["wslfwd --mode manual", / ready: 0 ports forwarded to /],
    ["wslfwd --clean-rules", /^There were no rules of wslfwd\.$/],
    ["wslfwd", /^Nothing to forward yet: /],
  ];
  for (const [command, end] of steps) {
    await lab.windows.addFault({ program: "whoami.exe", kind: "hang" });
    await terminal.type(`clear; ${command}`);
    await terminal.waitFor((lines) => spinner.test(lines.at(-1)!));
    await lab.windows.clearFaults();
    await terminal.waitFor((lines) => lines.some((line) => end.test(line)));
    if (command === "wslfwd") await terminal.press("C-c");
    const lines = await terminal.waitFor((lines) => lines.at(-1) === "$");
    ok(!lines.join().includes("asking"), lines.join("\n"));
  }
});

scenario("a spinner makes way for an error", async (lab) => {
  await using terminal = await GuestTerminal.open(lab, 200, 24);
  await lab.windows.set({ latencyMs: { default: 600 } });
  for (const command of ["wslfwd --mode manual", "wslfwd --clean-rules", "wslfwd"]) {
    await terminal.type(`clear; ${command}; echo code $?`);
    const lines = await terminal.waitFor((lines) => lines.includes("code 4"));
    match(lines[0]!, /^wslfwd: Windows does not let this terminal change rules: /);
    equal(lines.length, 3, lines.join("\n"));
  }
}, { isElevated: false });

scenario("an error on the terminal leaves a line, and the terminal as it was", async (lab) => {
  await using terminal = await GuestTerminal.open(lab, 200, 24);
  await terminal.type("wslfwd; echo code $?");
  const lines = await terminal.waitFor((lines) => lines.includes("code 4"));
  match(lines[1]!, /^wslfwd: Windows does not let this terminal change rules: it is not elevated /);
  equal(await terminal.modes(), AS_BEFORE);
}, { isElevated: false });

for (const how of ["NO_COLOR=1 wslfwd", "TERM=dumb wslfwd", "TERM= wslfwd", "wslfwd | cat"]) {
  scenario(`${how} prints plain lines with times`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    await using terminal = await GuestTerminal.open(lab, 120, 24);
    await terminal.type(`clear; ${how}`);
    const lines = await terminal.waitFor((lines) => lines.join().includes("ready: 1 port"));
    for (const line of lines) {
      match(line, /^(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d (engine|network|forwarded|ready)\b/);
    }
    equal(await terminal.modes(), AS_BEFORE);
    await terminal.press("C-c");
    await waitForHoldings(lab, []);
    await terminal.waitFor((lines) => lines.at(-1) === "$");
    if (how !== "wslfwd | cat") ok((await terminal.capture()).join().includes(": wslfwd ends"));
  });
}

scenario("--json on a terminal prints JSON", async (lab) => {
  await using terminal = await GuestTerminal.open(lab, 400, 24);
  await terminal.type("clear; wslfwd --json");
  const lines = await terminal.waitFor((lines) => lines.join().includes('"type":"ready"'));
  for (const line of lines) equal(JSON.parse(line).wslfwd, 2);
  await terminal.press("C-c");
  await terminal.waitFor((lines) => lines.at(-1) === "^C$");
});

scenario("wslfwd | head -1 goes on when nobody reads any more, and cleans up at Ctrl-C", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  await using terminal = await GuestTerminal.open(lab, 120, 24);
  await terminal.type("clear; wslfwd --realtime=off | head -1");
  await terminal.waitFor((lines) => / engine: netlink$/.test(lines[0]!));
  await waitForHoldings(lab, forwardings([3000]));
  await using _other = await lab.guest.listen(3001);
  await waitForHoldings(lab, forwardings([3000, 3001]));
  await terminal.press("C-c");
  await waitForHoldings(lab, []);
  const lines = await terminal.waitFor((lines) => lines.at(-1) === "^C$");
  equal(lines.length, 2, lines.join("\n"));
});
