import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { Switches } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { GuestProgram } from "./guest_program.ts";
import { entryLine, forwarding, forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** A lab in mirrored mode: LAN traffic is decided by the simulated Hyper-V firewall alone. */
function mirrored(name: string, run: (lab: Lab) => Promise<void>, switches: Partial<Switches> = {}): void {
  scenario(`in mirrored mode, ${name}`, run, { networkingMode: "mirrored", ...switches });
}

/** The firewall rule of an open port: there is no entry. */
function openings(ports: readonly number[], profiles?: string): string[] {
  const options = { isDirect: true, ...(profiles === undefined ? {} : { profiles }) };
  return ports.map((port) => forwarding(port, options)[1]!);
}

for (const showsMirrored of [false, true]) {
  for (const args of [[], ["--realtime=require"]]) {
    mirrored(
      `wslfwd ${args.join(" ")} opens a server to the LAN by a firewall rule alone${
        showsMirrored ? ", where netstat shows the guest's ports, too" : ""
      }`,
      async (lab) => {
        await using before = await lab.guest.listen(3000, { text: "was there before" });
        equal(await lab.lan.fetch(before.port, { timeoutMs: 500 }), null, "the firewall stands before it");
        const program = await startForwarder(lab, args);
        equal((await lab.lan.waitForOpen(3000)).text, "was there before");
        const after = await lab.guest.listen(3001, { text: "came after" });
        equal((await lab.lan.waitForOpen(3001)).text, "came after");
        await waitForHoldings(lab, openings([3000, 3001]));
        const event = await waitForForwarded(program, 3001);
        same([event.listenPort, event.connectAddress, event.lanAddress === "127.0.0.1"], [
          3001,
          "0.0.0.0",
          false,
        ]);
        await after.close();
        await waitForHoldings(lab, openings([3000]));
        await stopForwarder(program);
        await waitForHoldings(lab, []);
        await lab.lan.waitForClosed(3000);
        equal(await lab.windows.scriptFolder(), null);
      },
      { showsMirrored },
    );
  }
}

mirrored("nothing is opened for what does not want to be reached, or cannot", async (lab) => {
  await lab.windows.putEntry({
    listenAddress: "0.0.0.0",
    listenPort: "3003",
    connectAddress: "10.1.2.3",
    connectPort: "80",
  });
  await using program = await GuestProgram.start(lab);
  const cases: readonly (readonly [number, string, string])[] = [
    [3000, "4 127.0.0.1 3000", "loopback"],
    [3001, "4 172.17.0.1 3001", "other-address"],
    [3002, "6 :: 3002 v6only", "v6only"],
    [3003, "4 0.0.0.0 3003", "foreign-entry"],
    [8080, "4 0.0.0.0 3004", "renumbered"],
  ];
  for (const [port, what] of cases) await program.run(`listen s${port} ${what}`);
  const wslfwd = await startForwarder(lab, ["--map", "8080:3004"]);
  for (const [port, , reason] of cases) equal(await waitForRejected(wslfwd, port), reason, `${port}`);
  const [foreign] = await lab.windows.entries();
  await waitForHoldings(lab, [entryLine(foreign!)]);
  await stopForwarder(wslfwd);
});

mirrored("a fixed port does not open a Windows service", async (lab) => {
  const program = await startForwarder(lab, ["--port", "445,8080"]);
  equal(await waitForRejected(program, 445), "taken-on-windows");
  await waitForHoldings(lab, openings([8080]));
  equal(await lab.lan.fetch(445, { timeoutMs: 500 }), null);
  await stopForwarder(program);
});

mirrored("who may connect is as asked", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await lab.lan.waitForOpen(3000);
  equal(await lab.lan.fetch(3000, { from: "outside", timeoutMs: 500 }), null);
  await stopForwarder(program);
  const anybody = await startForwarder(lab, ["--profile", "any", "--remote-ip", "any"]);
  equal((await lab.lan.waitForOpen(3000, { from: "outside" })).text, "port 3000");
  await stopForwarder(anybody);
});

mirrored("it does not matter that IP Helper is stopped", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await lab.lan.waitForOpen(3000);
  same(program.events().filter(({ code }) => code === "forwarder-stopped"), []);
  await stopForwarder(program);
}, { ipHelper: "stopped", language: "zh" });

mirrored("the rules go also after kill -9", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForHoldings(lab, openings([3000]));
  await program.kill("SIGKILL");
  await waitForHoldings(lab, []);
  await program.exit;
});

mirrored(
  "a rule that somebody deletes is made again by the next start, and one of an earlier run is taken over",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    equal((await lab.wslfwd(["--mode", "manual"]).exit).code, 0);
    await waitForHoldings(lab, openings([3000]));
    const program = await startForwarder(lab);
    equal((await waitForForwarded(program, 3000)).isTakenOver, true);
    await stopForwarder(program);
    await waitForHoldings(lab, []);
  },
);

scenario("rules made in one networking mode go when the next start finds another", async (lab) => {
  const modes = [["nat", forwardings([3000])], ["mirrored", openings([3000])], [
    "nat",
    forwardings([3000]),
  ]] as const;
  for (const [index, [mode, wanted]] of modes.entries()) {
    if (index > 0) await lab.restartGuest(mode);
    await lab.guest.listen(3000, { text: mode });
    await startForwarder(lab);
    await waitForHoldings(lab, wanted);
    equal((await lab.lan.waitForOpen(3000)).text, mode);
  }
  await lab.guest.die();
});

scenario(
  "--clean-rules removes what is left also in a networking mode that is not supported",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    equal((await lab.wslfwd(["--mode", "manual"]).exit).code, 0);
    await waitForHoldings(lab, forwardings([3000]));
    await lab.windows.set({ networkingMode: "none" });
    equal((await lab.wslfwd([]).exit).code, 3);
    equal((await lab.wslfwd(["--clean-rules"]).exit).code, 0);
    await waitForHoldings(lab, []);
  },
);

mirrored("status, plan, why and doctor know the mode", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const plan = await lab.wslfwd(["plan"]).exit;
  match(plan.stdout, /^netsh advfirewall firewall add rule name=wslfwd-3000-\S+ .*localport=3000 /m);
  ok(!plan.stdout.includes("portproxy"), plan.stdout);
  equal((await lab.wslfwd(["why", "3000"]).exit).code, 1);
  const program = await startForwarder(lab);
  await lab.lan.waitForOpen(3000);
  const why = await lab.wslfwd(["why", "3000", "--verbose"]).exit;
  equal(why.code, 0, why.stdout);
  match(why.stdout, /in mode mirrored: the guest is on Windows' own addresses$/m);
  ok(!/forwarder|entry|occupant/.test(why.stdout), why.stdout);
  const doctor = await lab.wslfwd(["doctor"]).exit;
  equal(doctor.code, 0, doctor.stdout);
  match(doctor.stdout, /^✓ hyper-v +/m);
  const status = await lab.wslfwd(["status"]).exit;
  match(status.stdout, /^ {2}192\.168\.50\.1:3000 +:3000 +agent\.ts \d+/m);
  match(status.stdout, /^ {2}:3000 +wslfwd's$/m);
  const json = JSON.parse((await lab.wslfwd(["status", "--json"]).exit).stdout);
  same([json.windows.openPorts, json.windows.rulesWithoutEntry], [[{
    protocol: "tcp",
    port: 3000,
    holder: "ours",
  }], 0]);
  await stopForwarder(program);
});

mirrored(
  "why names the firewall's rule that is missing, and doctor a Hyper-V firewall that keeps Windows out",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab);
    const [rule] = await lab.windows.rules();
    await lab.windows.deleteRules(rule!.name);
    const { code, stdout } = await lab.wslfwd(["why", "3000"]).exit;
    equal(code, 1);
    match(stdout, /^✗ rule +the firewall has no rule of wslfwd for the port$/m);
    const doctor = await lab.wslfwd(["doctor"]).exit;
    equal(doctor.code, 0, doctor.stdout);
    match(doctor.stdout, /^! hyper-v +.*LoopbackEnabled is False/m);
    await stopForwarder(program);
  },
  { hyperVLoopback: false },
);

mirrored("a line on the terminal says what to type, and nothing of a forward", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = lab.wslfwd([]);
  const [line] = await program.waitForLine(/forwarded .*:3000: agent\.ts \d+$/);
  ok(!line.includes("->"), line);
  await program.kill("SIGINT");
  equal((await program.exit).code, 0);
});

mirrored("a port of ignoredPorts is not opened to the Windows program that has it as well", async (lab) => {
  await lab.guest.run(
    "/bin/sh",
    "-ec",
    "mkdir -p '/mnt/c/Users/Max Muster'; printf '[wsl2]\\nnetworkingMode=mirrored\\n[experimental]\\nignoredPorts=3000\\n' " +
      ">'/mnt/c/Users/Max Muster/.wslconfig'",
  );
  await lab.windows.startService({ port: 3000, address: "192.168.50.1", name: "postgres.exe" });
  await using _ignored = await lab.guest.listen(3000);
  await using _own = await lab.guest.listen(3001);
  const program = await startForwarder(lab);
  await waitForForwarded(program, 3001);
  equal(await waitForRejected(program, 3000), "taken-on-windows");
  await waitForHoldings(lab, openings([3001]));
  await stopForwarder(program);
});
