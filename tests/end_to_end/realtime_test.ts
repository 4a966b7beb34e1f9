import { deepStrictEqual as same, equal, match, ok, rejects } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { RunningProgram } from "../simulated/running_program.ts";
import { startForwarder, stopForwarder, waitForForwarded } from "./forwarder.ts";
import { GuestProgram } from "./guest_program.ts";
import {
  type GuestProcess,
  listGuestProcesses,
  waitForNoProcess,
  waitForProcess,
} from "./guest_processes.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

const ENGINES = ["bpftrace", "builtin"] as const;

/** What programs do with sockets, on ports from 3000 on, and which of these ports are to be forwarded then. */
const behaviours: readonly (readonly [string, readonly string[], readonly number[]])[] = [
  ["listens", ["listen a 4 0.0.0.0 3000"], [3000]],
  ["listens twice", ["listen a 4 0.0.0.0 3000", "again a 5"], [3000]],
  ["listens with no backlog", ["listen a 4 0.0.0.0 3000 backlog=0"], [3000]],
  ["binds and does not listen", ["bind a 4 0.0.0.0 3000"], []],
  ["binds, and listens later", ["bind a 4 0.0.0.0 3000", "again a 5"], [3000]],
  ["listens and closes", ["listen a 4 0.0.0.0 3000", "close a"], []],
  ["listens and shuts down", ["listen a 4 0.0.0.0 3000", "shutdown a"], []],
  ["shuts down and listens again", ["listen a 4 0.0.0.0 3000", "shutdown a", "again a 5"], [3000]],
  ["has two sockets on a port and closes one", [
    "listen a 4 0.0.0.0 3000 reuseport",
    "listen b 4 0.0.0.0 3000 reuseport",
    "close a",
  ], [3000]],
  ["forks and goes away", ["listen a 4 0.0.0.0 3000", "leave"], [3000]],
  ["hands the socket to a child and closes it", ["listen a 4 0.0.0.0 3000", "fork", "close a"], [3000]],
  ["passes the socket over a unix socket", ["listen a 4 0.0.0.0 3000", "pass a"], [3000]],
  ["becomes somebody else", ["listen a 4 0.0.0.0 3000", "uid 1000"], [3000]],
  ["is dual-stack", ["listen a 6 :: 3000 dual"], [3000]],
  ["is IPv6 only", ["listen a 6 :: 3000 v6only"], []],
  ["binds a mapped address", ["listen a 6 ::ffff:0.0.0.0 3000 dual"], [3000]],
  ["listens on loopback", ["listen a 4 127.0.0.1 3000"], []],
  ["listens by MPTCP", ["listen a 4 0.0.0.0 3000 mptcp"], [3000]],
  [
    "has a name with a tab, a newline, a quote and no UTF-8",
    ["name 2209 0a22 ff", "listen a 4 0.0.0.0 3000"],
    [3000],
  ],
  [
    "opens many at once",
    Array.from({ length: 50 }, (_, i) => `listen s${i} 4 0.0.0.0 ${3000 + i}`),
    range(3000, 50),
  ],
  ["opens and closes 1,000 beside one that stays", ["listen a 4 0.0.0.0 3000", "storm 1000"], [3000]],
  ["accepts 1,000 connections", ["listen a 4 0.0.0.0 3000", "churn a 1000"], [3000]],
];

for (const engine of ENGINES) {
  scenario(`Rules follow what listens, whatever programs do, in real time by ${engine}`, async (lab) => {
    const program = await startRealtime(lab, engine);
    for (const [what, commands, ports] of behaviours) {
      {
        await using guest = await GuestProgram.start(lab);
        await guest.run(...commands.map((command) => command.replace(/(?<=^name .*) /g, "")));
        await waitForHoldings(lab, forwardings(ports)).catch((error) => {
          throw new Error(`A program that ${what}: ${error.message}`);
        });
      }
      await waitForHoldings(lab, []);
    }
    await stopForwarder(program);
  });

  scenario(
    `Ports of the kernel's choice are forwarded, failed listens are not, in real time by ${engine}`,
    async (lab) => {
      const program = await startRealtime(lab, engine);
      await using guest = await GuestProgram.start(lab);
      const ports = [
        await guest.run("listen a 4 0.0.0.0 0"),
        await guest.run("listen b 4 0.0.0.0 0 nobind"),
        await guest.run("listen c 6 :: 0 dual"),
      ];
      await rejects(guest.run(`listen d 4 0.0.0.0 ${ports[0]} reuseaddr`), /in use/);
      await waitForHoldings(lab, forwardings(ports));
      await using container = await GuestProgram.start(lab, { ownNetwork: true });
      await container.run("listen a 4 0.0.0.0 4000");
      await guest.run("close a", "close b", "close c", "listen e 4 0.0.0.0 4001");
      await waitForHoldings(lab, forwardings([4001]));
      await waitForForwarded(program, 4001);
      const told = program.events().filter(({ type }) => type === "forwarded").map(({ listenPort }) =>
        listenPort
      );
      same(told.sort(), [...ports, 4001].sort());
      await stopForwarder(program);
    },
  );

  scenario(`A listener that is killed loses its rule in real time by ${engine}`, async (lab) => {
    const program = await startRealtime(lab, engine);
    const victim = lab.guest.spawn([
      "perl",
      "-MIO::Socket::INET",
      "-e",
      `
      $s = IO::Socket::INET->new(Listen => 5, LocalPort => 3000) or die; print STDERR "listens\\n"; sleep`,
    ]);
    await waitForForwarded(program, 3000);
    await victim.kill("SIGKILL");
    await waitForHoldings(lab, []);
    await stopForwarder(program);
  });
}

/** What is wrong with bpftrace, and what wslfwd says of it. */
const faults: readonly (readonly [string, string | null, RegExp])[] = [
  ["is missing", null, /^bpftrace is not installed; to mend it: sudo apt install bpftrace$/],
  ["ends at start", "echo 'ERROR: no luck' >&2; exit 1", /^bpftrace ended with status 1: ERROR: no luck$/],
  ["is killed at start", "kill -KILL $$", /^bpftrace was ended by SIGKILL$/],
  [
    "ends in the middle of a line",
    "echo H; printf 'L\\t10'; exit 0",
    /^bpftrace ended with status 0: it said nothing$/,
  ],
];

for (const [what, script, says] of faults) {
  scenario(`wslfwd goes on by polling where bpftrace ${what}, and says so once`, async (lab) => {
    await replaceBpftrace(lab, script);
    const program = await startForwarder(lab, ["--realtime=bpftrace", ...QUICK]);
    const { engine, detail } = await program.waitForEvent("engine", (event) => event.detail !== null);
    equal(engine, "netlink");
    match(detail as string, says);
    await followOne(lab, program);
    await stopForwarder(program);
    // One that has begun before it ends, and is tried again in time, has run in between: that is told, and its end again.
    const told = program.events().filter(({ type }) => type === "engine").map(({ detail }) => detail);
    ok(told.every((detail, i) => detail === null || detail !== told[i - 1]), `${told}`);
    await waitForNoProcess(lab, () => true);
  });
}

scenario("wslfwd takes its own probe where bpftrace is missing", async (lab) => {
  await replaceBpftrace(lab, null);
  const program = await startForwarder(lab, ["--realtime"]);
  const { detail } = await program.waitForEvent("engine", (event) => event.engine === "builtin");
  equal(detail, "bpftrace is not installed; to mend it: sudo apt install bpftrace");
  await followOne(lab, program);
  await stopForwarder(program);
});

scenario("wslfwd without root goes on by polling, and says what would mend it", async (lab) => {
  const program = await startForwarder(lab, ["--realtime", ...QUICK], { uid: 1000 });
  const { detail } = await program.waitForEvent("engine", (event) => event.detail !== null);
  match(
    detail as string,
    /^bpftrace needs root; The built-in eBPF probe cannot .*; to mend it: sudo wslfwd --realtime$/,
  );
  await followOne(lab, program);
  await stopForwarder(program);
});

scenario("--realtime=require ends wslfwd where there is no real time, and its rules with it", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = lab.wslfwd(["--realtime=require", "--json"], { uid: 1000 });
  const { code, stderr } = await program.exit;
  equal(code, 1);
  match(stderr, /^wslfwd: Cannot follow listeners in real time: bpftrace needs root; .*$/);
  equal(stderr.split("\n").length, 1);
  await waitForHoldings(lab, []);
});

scenario("A bpftrace that prints garbage costs looks, not rules", async (lab) => {
  await replaceBpftrace(
    lab,
    "while :; do printf 'H\\n\\377\\376L\\t10\\tgarbage\\n\\033[31mL\\n'; sleep 0.05; done",
  );
  const program = await startForwarder(lab, ["--realtime=bpftrace", "--linger", "0"]);
  await program.waitForEvent("engine", (event) => event.engine === "bpftrace");
  await followOne(lab, program);
  await stopForwarder(program);
  await waitForNoProcess(lab, () => true);
});

for (
  const [signal, says] of [["SIGKILL", /^bpftrace was ended by SIGKILL$/], [
    "SIGSTOP",
    /^bpftrace was silent for /,
  ]] as const
) {
  scenario(`wslfwd polls after ${signal} to bpftrace, until that runs again`, async (lab) => {
    const program = await startRealtime(lab, "bpftrace", QUICK);
    const { pid } = await waitForProcess(lab, isBpftrace);
    Deno.kill(pid, signal);
    const { detail } = await program.waitForEvent(
      "engine",
      (event) => event.engine === "netlink" && event.detail !== null,
    );
    match(detail as string, says);
    await using _server = await lab.guest.listen(3000);
    await waitForForwarded(program, 3000);
    const runs = () => program.events().filter((event) => event.engine === "bpftrace").length;
    await program.waitForEvent("engine", () => runs() === 2);
    equal(listGuestProcesses(lab).filter(isBpftrace).length, 1, "the one that was stopped is gone");
    await using _other = await lab.guest.listen(3001);
    await waitForForwarded(program, 3001);
    await stopForwarder(program);
    await waitForNoProcess(lab, () => true);
  });
}

for (const engine of ENGINES) {
  scenario(`Nothing of wslfwd is left after kill -9 in real time by ${engine}`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const program = await startRealtime(lab, engine);
    await program.kill("SIGKILL");
    await waitForHoldings(lab, [], 5000);
    await waitForNoProcess(lab, () => true);
  });
}

const QUICK = ["--interval", "0.05", "--linger", "0"] as const;

/** Starts wslfwd and waits until the kernel tells it of listeners. */
async function startRealtime(
  lab: Lab,
  engine: string,
  args: readonly string[] = ["--linger", "0"],
): Promise<RunningProgram> {
  const program = await startForwarder(lab, [`--realtime=${engine}`, ...args]);
  await program.waitForEvent("engine", (event) => event.engine === engine);
  return program;
}

/**
 * Has a listener come and go, and waits until its rule has done so too. An engine that tells nothing leaves that to the look that
 * is taken every 30 s in any case: a wait of 30 s would end at the same moment.
 */
async function followOne(lab: Lab, program: RunningProgram): Promise<void> {
  const server = await lab.guest.listen(3999);
  await program.waitForEvent("forwarded", (event) => event.listenPort === 3999, 60_000);
  await server.close();
  await waitForHoldings(lab, [], 60_000);
}

/** Puts a shell script in the place of bpftrace in the guest, or nothing. */
async function replaceBpftrace(lab: Lab, script: string | null): Promise<void> {
  await lab.guest.run("rm", "/usr/bin/bpftrace");
  if (script === null) return;
  const write = 'printf "%s\\n" "#!/bin/sh" "$1" >/usr/bin/bpftrace; chmod 755 /usr/bin/bpftrace';
  await lab.guest.run("sh", "-c", write, "sh", script);
}

function isBpftrace({ name }: GuestProcess): boolean {
  return name === "bpftrace";
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

scenario("root gets real time without asking, and hears nothing of it where no engine works", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = lab.wslfwd(["--json"]);
  await program.waitForEvent("engine", ({ engine }) => engine === "bpftrace" || engine === "builtin");
  await stopForwarder(program);
  for (const { type, detail } of program.events()) ok(type !== "engine" || detail === null, `${detail}`);
  const polling = lab.wslfwd(["--json"], { uid: 1000 });
  await polling.waitForEvent("ready");
  await stopForwarder(polling);
  for (const { type, engine } of polling.events()) ok(type !== "engine" || engine === "netlink", `${engine}`);
});
