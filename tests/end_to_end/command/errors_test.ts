/** Every kind of failure of the whole command: one line on stderr that says what to do, and its exit code. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { SpawnOptions } from "../../simulated/guest.ts";
import type { Lab } from "../../simulated/lab.ts";
import type { Fault } from "../../simulated/windows/model.ts";
import { scenario } from "../scenario.ts";

/** What is typed, and the line that it gets. */
const usage: readonly (readonly [line: string, says: string])[] = [
  ["--intervall 1", 'there is no option "--intervall"; did you mean --interval?'],
  ["--gen_confg", 'there is no option "--gen_confg"; did you mean --gen-config?'],
  ["--frobnicate", 'there is no option "--frobnicate"; see wslfwd --help'],
  ["-x", 'there is no option "-x"; see wslfwd --help'],
  ["stauts", 'there is no command "stauts"; did you mean status?'],
  ["lsit --json", 'there is no command "lsit"; did you mean list?'],
  ["run", 'there is no command "run"; to start forwarding leave it out, or see wslfwd --help'],
  ["frobnicate", 'there is no command "frobnicate"; to start forwarding leave it out, or see wslfwd --help'],
  ["--mode manuell", '--mode must be auto or manual, but "manuell" was given; did you mean manual?'],
  [
    "--profile privat",
    '--profile must be one or more of private, domain, public or any, but "privat" was given; did you mean private?',
  ],
  [
    "--realtime=bpf",
    '--realtime must be auto, require, bpftrace, builtin or off, but "bpf" was given; did you mean bpftrace?',
  ],
  ["completions fihs", 'completions needs bash, zsh or fish, but "fihs" was given; did you mean fish?'],
  ["--interval 0", '--interval must be a number of seconds from 0.05 to 86400, but "0" was given'],
  ["--port 0", '--port must be ports from 1 to 65535, such as 3000,8000-8999, but "0" was given'],
  [
    "--map 80:0",
    '--map must be two ports from 1 to 65535, Windows\' first, such as 8080:80, but "80:0" was given',
  ],
  [
    "--windows_ip ::01",
    '--windows-ip must be an address of Windows, or 0.0.0.0 or :: for all of a family, but "::01" was given',
  ],
  ["--allow", "--allow needs a value, but none was given; write --allow NAME"],
  ["--yes=no", '--yes takes no value, but "no" was given; write --yes alone'],
  ["--allow-program node", 'there is no option "--allow-program"; did you mean --allow?'],
  ["help wyh", 'there is no command or option "wyh"; did you mean wslfwd help why?'],
  [
    "3000 --allow node",
    "--allow is of no use where the only ports are named; leave out one of the two; see wslfwd --help",
  ],
  ["--verbose", "--verbose belongs to why, which was not given; see wslfwd --help"],
  [
    "--all",
    "--all belongs to --clean-rules, url and address, and none of these was given; see wslfwd --help",
  ],
  ["list --mode auto", "list does not take --mode; it takes --json"],
  ["status now", 'status takes no word after it, but "now" was given; see wslfwd --help'],
  [
    "--realtime --mode manual",
    "--realtime needs --mode auto, but --mode manual was given (it looks once, and ends); see wslfwd --help",
  ],
];

scenario("an error of usage is one line, ends with 2, and starts no Windows program", async (lab) => {
  for (const [line, says] of usage) {
    const { code, stdout, stderr } = await lab.wslfwd(line.split(" ")).exit;
    same([code, stdout, stderr], [2, "", `wslfwd: ${says}`], line);
  }
  for (const args of [["--help"], ["--version"], ["man"], ["completions", "bash"], ["stauts", "-h"]]) {
    const { code, stdout, stderr } = await lab.wslfwd(args).exit;
    same([code, stderr], [0, ""], args.join(" "));
    ok(stdout.length > 10);
  }
  equal((await lab.windows.calls()).length, 0);
});

const REMEDY = "; try again, and if it stays so: wslfwd doctor";
const INTEROP = "; see `[interop]` in /etc/wsl.conf, or run `wsl --shutdown` in Windows and start again";

/** What Windows does, and the line of `--mode manual`. */
const faults: readonly (readonly [fault: Fault, code: number, says: string])[] = [
  [
    { program: "whoami.exe", kind: "garbage" },
    3,
    `Cannot run Windows programs: whoami /user /groups: expected a security identifier${INTEROP}`,
  ],
  // A table that netsh does not show is read from the registry, and the other way round: see odd_rows_test.ts.
  [
    { program: "netsh.exe", kind: "garbage", matching: "ipv4 show excludedportrange" },
    1,
    `Cannot read the reserved ports: netsh excludedportrange: expected a table of port ranges${REMEDY}`,
  ],
  [
    { program: "netstat.exe", kind: "nothing" },
    1,
    `Cannot read the ports of Windows: netstat -ano: expected at least one listening port${REMEDY}`,
  ],
  [
    { program: "sc.exe", kind: "garbage" },
    1,
    `Cannot read the IP Helper service: sc queryex: expected state and process id${REMEDY}`,
  ],
  [
    { program: "netsh.exe", kind: "fail", at: "line", matching: "add rule" },
    1,
    "Windows did not make every change: reading what it holds (netsh.exe -f … ended with 1: The system cannot find the " +
    `file specified.)${REMEDY}`,
  ],
];

scenario("a Windows that does not answer as it should is one line, and changes nothing", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  for (const [fault, exitCode, says] of faults) {
    await lab.windows.addFault({ times: 99, ...fault });
    const { code, stdout, stderr } = await lab.wslfwd(["--mode", "manual"]).exit;
    // Where Windows is in the network may have been told before.
    const told = stdout.replace(/^\S+ \S+ network: .*\n?/gm, "");
    same([code, told, stderr], [exitCode, "", `wslfwd: ${says}`], JSON.stringify(fault));
    await lab.windows.clearFaults();
    same((await lab.windows.entries()).length, 0);
  }
});

/** What is the matter with the guest, what is typed, and the line. */
const guests: readonly (readonly [
  when: string,
  prepare: readonly string[],
  args: readonly string[],
  code: number,
  says: RegExp,
  options: SpawnOptions,
])[] = [
  [
    "the kernel's release cannot be read",
    [
      "sh",
      "-ec",
      "echo x >/run/guest/r; chmod 0 /run/guest/r; mount --bind /run/guest/r /proc/sys/kernel/osrelease",
    ],
    ["--mode", "manual"],
    3,
    /^Cannot tell whether this is WSL2: .*osrelease.*$/,
    { uid: 1000 },
  ],
  [
    "real time is required and cannot be had",
    ["true"],
    ["--realtime=require"],
    1,
    /^Cannot follow listeners in real time: bpftrace needs root; .*; to mend it: sudo wslfwd --realtime$/,
    { uid: 1000 },
  ],
  [
    "the guest has no address that Windows reaches",
    ["ip", "addr", "flush", "dev", "eth0"],
    ["--mode", "manual"],
    1,
    /^The guest has no IPv4 address that Windows could reach: .*\. Look at `ip route`$/,
    {},
  ],
  [
    "the guest has no address that Windows reaches, for a plan",
    ["ip", "addr", "flush", "dev", "eth0"],
    ["plan"],
    1,
    /^The guest has no IPv4 address that Windows could reach: .*\. Look at `ip route`$/,
    {},
  ],
  [
    "the home is not known",
    ["true"],
    ["--gen-config"],
    2,
    /^\.wsl_port_forwarding\.json: the home of the user is not known; say where by --config FILE$/,
    { uid: 4321, env: { HOME: undefined } },
  ],
];

for (const [when, prepare, args, exitCode, says, options] of guests) {
  scenario(`wslfwd ${args.join(" ")} ends with ${exitCode} and one line where ${when}`, async (lab: Lab) => {
    await lab.guest.run(...prepare);
    const { code, stderr } = await lab.wslfwd(args, options).exit;
    equal(stderr.split("\n").length, 1, stderr);
    match(stderr.replace(/^wslfwd: /, ""), says);
    equal(code, exitCode);
  });
}

scenario("plan says where it had to guess the guest's address", async (lab) => {
  await lab.guest.run("ip", "route", "del", "default");
  await using _server = await lab.guest.listen(3000);
  const { code, stdout } = await lab.wslfwd(["plan"]).exit;
  equal(code, 0);
  match(
    stdout,
    /^# No default route leads through eth0; taking its address 172\.23\.21\.232\. Another one: --wsl-ip$/m,
  );
});
