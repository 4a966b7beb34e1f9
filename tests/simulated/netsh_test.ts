import assert from "node:assert/strict";
import { runHere, windowsWithoutSockets } from "./in_process.ts";

const PORTPROXY = ["interface", "portproxy"];

Deno.test("netsh portproxy show prints the table as facts/windows.md has it", async () => {
  const machine = windowsWithoutSockets();
  const show = () => runHere(machine, "netsh.exe", ...PORTPROXY, "show", "v4tov4");
  assert.deepEqual(await show(), { exitCode: 0, stdout: "\r\n" });
  const added = await runHere(
    machine,
    "netsh.exe",
    ...PORTPROXY,
    "add",
    "v4tov4",
    "listenport=2222",
    "listenaddress=0.0.0.0",
    "connectport=22",
    "connectaddress=172.23.21.232",
  );
  assert.deepEqual(added, { exitCode: 0, stdout: "\r\n" });
  assert.deepEqual(await show(), {
    exitCode: 0,
    stdout: "\r\n" +
      "Listen on ipv4:             Connect to ipv4:\r\n" +
      "\r\n" +
      "Address         Port        Address         Port\r\n" +
      "--------------- ----------  --------------- ----------\r\n" +
      "0.0.0.0         2222        172.23.21.232   22        \r\n" +
      "\r\n",
  });
});

Deno.test("netsh portproxy show speaks Chinese", async () => {
  const machine = windowsWithoutSockets();
  machine.turn({ language: "zh" });
  machine.putEntry({ listenAddress: "*", listenPort: "1", connectAddress: "a", connectPort: "2" });
  const shown = await runHere(machine, "netsh.exe", ...PORTPROXY, "show", "all");
  assert(shown !== "refused");
  assert.deepEqual(shown.stdout.split("\r\n").slice(1, 4), [
    "侦听 ipv4:                 连接到 ipv4:",
    "",
    "地址            端口        地址            端口",
  ]);
});

Deno.test("netsh portproxy takes positional words, shortened tags and the documented defaults", async () => {
  const machine = windowsWithoutSockets();
  for (
    const words of [
      "add v4tov4 1000 10.0.0.1",
      "add v4tov4 2000 10.0.0.1 80 0.0.0.0 tcp",
      "set v4tov4 listenp=3000 connecta=host.example protocol=TCP",
      "add v4tov4 listenport=30000-50000 connectaddress=10.0.0.1",
    ]
  ) {
    assert.deepEqual(
      await runHere(machine, "netsh.exe", ...PORTPROXY, ...words.split(" ")),
      ok("\r\n"),
      words,
    );
  }
  assert.deepEqual(
    machine.entries.map((entry) => Object.values(entry).join(" ")).sort(),
    [
      "1000 10.0.0.1 1000 *",
      "2000 10.0.0.1 80 0.0.0.0",
      "3000 host.example 3000 *",
      "30000-50000 10.0.0.1 30000-50000 *",
    ],
  );
});

Deno.test("netsh portproxy keeps * and 0.0.0.0 apart, and deletes only what is named", async () => {
  const machine = windowsWithoutSockets();
  await runHere(machine, "netsh.exe", ...PORTPROXY, "add", "v4tov4", "80", "10.0.0.1");
  await runHere(machine, "netsh.exe", ...PORTPROXY, "add", "v4tov4", "80", "10.0.0.1", "80", "0.0.0.0");
  assert.equal(machine.entries.length, 2);
  const remove = () => runHere(machine, "netsh.exe", ...PORTPROXY, "delete", "v4tov4", "80", "0.0.0.0");
  assert.deepEqual(await remove(), ok("\r\n"));
  assert.deepEqual(machine.entries.map((entry) => entry.listenAddress), ["*"]);
  assert.deepEqual(await remove(), {
    exitCode: 1,
    stdout: "The system cannot find the file specified.\r\n\r\n",
  });
  assert.deepEqual(machine.state.refusals, []);
});

Deno.test("netsh refuses and counts what is not documented", async () => {
  const machine = windowsWithoutSockets();
  const lines = [
    "",
    "interface portproxy",
    "interface portproxy add v4tov4",
    "interface portproxy add v4tov4 listenport=1",
    "interface portproxy add v4tov4 listenport=1 listenport=2 connectaddress=a",
    "interface portproxy add v4tov4 listen=1 connectaddress=a",
    "interface portproxy add v4tov4 listenport=1 connectaddress=a protocol=udp",
    "interface portproxy add v4tov4 listenport=1 10.0.0.1",
    "interface portproxy add v6tov9 1 a",
    "interface portproxy show v4tov4 more",
    "int portproxy show all",
    "advfirewall firewall add rule name=a dir=in",
    "advfirewall firewall add rule name=a dir=in action=allow protocol=TCP localport=http",
    "advfirewall firewall add rule name=a dir=in action=allow remoteip=example.org",
    "advfirewall firewall add rule name=a dir=in action=allow profile=home",
    "advfirewall firewall add rule name=a|b dir=in action=allow",
    "advfirewall firewall show rule name=all",
    "advfirewall reset",
    "add helper c:\\evil.dll",
    "-c interface",
    "-f",
  ];
  for (const line of lines) {
    const before = machine.state.refusals.length;
    const answer = await runHere(machine, "netsh.exe", ...line.split(" "));
    const wasRefused = answer === "refused" ||
      (answer.exitCode === 1 && machine.state.refusals.length === before + 1);
    assert(wasRefused, line);
  }
  assert.deepEqual([machine.entries, machine.rules], [[], []]);
});

Deno.test("netsh advfirewall adds a rule twice, deletes all that match, and says how many", async () => {
  const machine = windowsWithoutSockets();
  const words = "name=wslfwd-80-0 dir=in protocol=TCP localport=80";
  const rule = (verb: string, tail: string) =>
    runHere(machine, "netsh.exe", "advfirewall", "firewall", verb, "rule", ...`${words}${tail}`.split(" "));
  const add = " action=allow profile=private,domain remoteip=localsubnet,10.0.0.0/8 description=tag";
  assert.deepEqual(await rule("add", add), ok("Ok.\r\n\r\n"));
  assert.deepEqual(await rule("add", add), ok("Ok.\r\n\r\n"));
  assert.deepEqual(machine.state.rules[1], {
    name: "wslfwd-80-0",
    direction: "in",
    action: "allow",
    protocol: "tcp",
    localPorts: [{ first: 80, last: 80 }],
    profiles: ["domain", "private"],
    remoteIps: ["localsubnet", "10.0.0.0/8"],
    description: "tag",
    isEnabled: true,
  });
  assert.deepEqual(await rule("delete", "0"), {
    exitCode: 1,
    stdout: "\r\nNo rules match the specified criteria.\r\n\r\n",
  });
  assert.deepEqual(await rule("delete", ""), ok("\r\nDeleted 2 rule(s).\r\nOk.\r\n\r\n"));
  assert.deepEqual(machine.rules, []);
});

Deno.test("netsh changes nothing without elevation, and shows what there is", async () => {
  const machine = windowsWithoutSockets();
  machine.putEntry({ listenAddress: "*", listenPort: "1", connectAddress: "a", connectPort: "2" });
  machine.turn({ isElevated: false });
  const denied = "The requested operation requires elevation (Run as administrator).\r\n\r\n";
  for (const words of ["add v4tov4 1 b", "set v4tov4 1 b", "delete v4tov4 1", "reset"]) {
    const answer = await runHere(machine, "netsh.exe", ...PORTPROXY, ...words.split(" "));
    assert.deepEqual(answer, { exitCode: 1, stdout: denied }, words);
  }
  const shown = await runHere(machine, "netsh.exe", ...PORTPROXY, "show", "v4tov4");
  assert(shown !== "refused" && shown.exitCode === 0 && shown.stdout.includes("a               2"));
});

Deno.test("netsh shows excluded ranges as rows of two numbers and a star", async () => {
  const machine = windowsWithoutSockets();
  machine.turn({
    excludedRanges: [{ first: 5357, last: 5357 }, { first: 50000, last: 50059, isAdministered: true }],
  });
  const words = "interface ipv4 show excludedportrange protocol=tcp";
  const shown = await runHere(machine, "netsh.exe", ...words.split(" "));
  assert(shown !== "refused");
  assert.match(shown.stdout, /\r\n {6}5357 {8}5357 {6}\r\n {5}50000 {7}50059 {5}\*\r\n/);
});

Deno.test("netsh counts a reset and a deletion of every firewall rule as violations", async () => {
  const machine = windowsWithoutSockets();
  machine.addRule({ ...RULE, name: "mine" });
  await runHere(machine, "netsh.exe", ...PORTPROXY, "reset");
  await runHere(machine, "netsh.exe", "advfirewall", "firewall", "delete", "rule", "name=all");
  assert.equal(machine.state.violations.length, 2);
  assert.deepEqual(machine.rules, []);
});

const RULE = {
  direction: "in",
  action: "allow",
  protocol: "tcp",
  localPorts: [],
  profiles: ["private"],
  remoteIps: ["any"],
  description: "",
  isEnabled: true,
} as const;

function ok(stdout: string): { exitCode: number; stdout: string } {
  return { exitCode: 0, stdout };
}
