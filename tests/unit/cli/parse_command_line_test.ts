import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { type Invocation, parseCommandLine } from "../../../src/cli/args/parse_command_line.ts";
import { OPTIONS } from "../../../src/cli/args/option_table.ts";
import type { Flags } from "../../../src/config/settings.ts";
import { PortSet } from "../../../src/net/port_set.ts";
import { Random } from "../random.ts";

const ports = (text: string) => PortSet.parse(text)!;

/** For each option that takes a value: a value, and the flags that it makes. */
const VALUES: Readonly<Record<string, readonly [text: string, flags: Flags]>> = {
  "mode": ["manual", { mode: "manual" }],
  "interval": ["0.25", { intervalMs: 250 }],
  "linger": ["0", { lingerMs: 0 }],
  "realtime": ["builtin", { realtime: "builtin" }],
  "allow": ["python 3", { allowPrograms: ["python 3"] }],
  "disallow": ["Hidden", { denyPrograms: ["Hidden"] }],
  "allow-port": ["80,ephemeral", { allowPorts: { ports: ports("80"), ephemeral: true } }],
  "loopback": [
    "node:5173,8000-8010",
    { loopback: [{ program: "node", ports: ports("5173"), ranges: ports("8000-8010") }] },
  ],
  "loopback-code": ["9229,9230", { codePorts: ports("9229-9230") }],
  "disallow-port": ["9000-9100", { denyPorts: { ports: ports("9000-9100"), ephemeral: false } }],
  "only": ["3000,8080:80", { only: { ports: ports("3000"), maps: [{ hostPort: 8080, guestPort: 80 }] } }],
  "port": ["80,443,3000", { fixedPorts: ports("80,443,3000") }],
  "udp-port": ["53,5000-5001", { fixedUdpPorts: ports("53,5000-5001") }],
  "published": ["NodePort, container", { published: ["container", "nodeport"] }],
  "helper": ["off", { helper: "off" }],
  "map": ["8080:80", { portMaps: [{ hostPort: 8080, guestPort: 80 }] }],
  "windows-ip": ["192.168.1.20,fd00::1", { windowsIps: ["192.168.1.20", "fd00::1"] }],
  "wsl-ip": ["172.17.110.111", { wslIp: "172.17.110.111" }],
  "profile": ["public,private", { profiles: ["private", "public"] }],
  "remote-ip": ["LocalSubnet,10.0.0.0/8", { remoteIps: ["localsubnet", "10.0.0.0/8"] }],
  "log": ["/var/log/my.log", { logPath: "/var/log/my.log" }],
  "config": ["/tmp/my config", { configPath: "/tmp/my config" }],
  "page": ["9000", { page: 9000 }],
  "report": ["my report", { reportPath: "my report" }],
};

/** Options of one command alone, and how that begins. */
const COMMAND_OF: Readonly<Record<string, readonly string[]>> = {
  report: ["doctor"],
  try: ["doctor"],
  verbose: ["why", "3000"],
};

/** For each option without a value that makes a flag. `--all` is of no use alone. */
const SWITCHES: Readonly<Record<string, Invocation>> = {
  "clean-rules": { kind: "clean-rules", flags: { cleanRules: true } },
  "gen-config": { kind: "gen-config", flags: { genConfig: true } },
  "ipv4-only": { kind: "run", flags: { ipv4Only: true } },
  "udp": { kind: "run", flags: { udp: true } },
  "no-cleanup": { kind: "run", flags: { noCleanup: true } },
  "ignore-exception": { kind: "run", flags: { ignoreException: true } },
  "elevate": { kind: "run", flags: { elevate: true } },
  "dry-run": { kind: "run", flags: { dryRun: true } },
  "yes": { kind: "run", flags: { yes: true } },
  "try": { kind: "doctor", flags: { isTrial: true }, argument: null },
  "json": { kind: "run", flags: { json: true } },
  "verbose": { kind: "why", flags: { verbose: true }, argument: "3000" },
  "help": { kind: "help", topic: null },
  "version": { kind: "version" },
};

/** What an option means whose value may be left out, where it is. */
const BARE: Readonly<Record<string, Flags>> = { "realtime": { realtime: "auto" }, "page": { page: 8088 } };

/** Both spellings of an option's name. */
function spellings(name: string): string[] {
  return [...new Set([`--${name}`, `--${name.replaceAll("-", "_")}`])];
}

for (const { name, placeholder, bareValue, alias } of OPTIONS) {
  Deno.test(`parseCommandLine takes --${name} in each spelling`, async () => {
    for (const spelled of spellings(name)) {
      if (placeholder === null) {
        const expected = SWITCHES[name] ?? { kind: "clean-rules", flags: { cleanRules: true, all: true } };
        const before = name === "all" ? ["--clean-rules"] : COMMAND_OF[name] ?? [];
        const argv = [...before, spelled];
        equal(await parseCommandLine(argv), expected);
        if (alias !== null) equal(await parseCommandLine([`-${alias}`]), expected);
        equal(await parseCommandLine([...argv, spelled]), expected, "given twice");
        continue;
      }
      const [text, flags] = VALUES[name]!, command = COMMAND_OF[name];
      const words = command ?? [];
      const expected = command === undefined
        ? { kind: "run", flags }
        : { kind: command[0], flags, argument: null };
      equal(await parseCommandLine([...words, `${spelled}=${text}`]), expected);
      if (bareValue === null) equal(await parseCommandLine([...words, spelled, text]), expected);
      else equal(await parseCommandLine([spelled]), { kind: "run", flags: BARE[name]! });
    }
  });
}

Deno.test("parseCommandLine without arguments forwards with nothing chosen", async () => {
  equal(await parseCommandLine([]), { kind: "run", flags: {} });
});

Deno.test("parseCommandLine adds up what is repeatable, and takes the last of the rest", async () => {
  const argv =
    "--allow a --allow_port 80 --interval 1 --disallow=b --allow c --allow-port=90,ephemeral --interval 2 " +
    "--map 80:8080 --map 81:8081 --port 1 --port 3-4";
  equal(await parseCommandLine(argv.split(" ")), {
    kind: "run",
    flags: {
      intervalMs: 2000,
      allowPrograms: ["a", "c"],
      denyPrograms: ["b"],
      allowPorts: { ports: ports("80,90"), ephemeral: true },
      fixedPorts: ports("1,3-4"),
      portMaps: [{ hostPort: 80, guestPort: 8080 }, { hostPort: 81, guestPort: 8081 }],
    },
  });
});

Deno.test("parseCommandLine takes every line that the predecessor takes", async () => {
  const argv =
    "--mode auto --interval 0.5 --allow node --disallow sshd --windows_ip 0.0.0.0 --wsl_ip 172.17.110.111 " +
    "--ignore_exception --no-cleanup";
  equal(await parseCommandLine(argv.split(" ")), {
    kind: "run",
    flags: {
      mode: "auto",
      intervalMs: 500,
      allowPrograms: ["node"],
      denyPrograms: ["sshd"],
      windowsIps: ["0.0.0.0"],
      wslIp: "172.17.110.111",
      noCleanup: true,
      ignoreException: true,
    },
  });
  equal((await parseCommandLine(["--gen_config"])).kind, "gen-config");
  equal((await parseCommandLine(["--clean_rules"])).kind, "clean-rules");
});

Deno.test("parseCommandLine takes loopback as an address of Windows", async () => {
  equal(await parseCommandLine(["--windows-ip", "127.0.0.1"]), {
    kind: "run",
    flags: { windowsIps: ["127.0.0.1"] },
  });
});

Deno.test("parseCommandLine reads --realtime's value only behind an equals sign", async () => {
  equal(await parseCommandLine(["--realtime", "--json"]), {
    kind: "run",
    flags: { realtime: "auto", json: true },
  });
  match(messageOf(await parseCommandLine(["--realtime", "builtin"])), /no command "builtin"/);
});

Deno.test("parseCommandLine takes --realtime=off for polling", async () => {
  equal(await parseCommandLine(["--realtime=off"]), { kind: "run", flags: { realtime: false } });
  equal((await parseCommandLine(["--realtime=off", "--mode", "manual"])).kind, "run");
});

Deno.test("parseCommandLine joins one-letter options", async () => {
  equal(await parseCommandLine(["-yV"]), { kind: "version" });
});

Deno.test("parseCommandLine reads commands, options before or after them", async () => {
  equal(await parseCommandLine(["status"]), { kind: "status", flags: {}, argument: null });
  equal(await parseCommandLine(["--json", "list"]), { kind: "list", flags: { json: true }, argument: null });
  equal(await parseCommandLine(["plan", "--allow", "node"]), {
    kind: "plan",
    flags: { allowPrograms: ["node"] },
    argument: null,
  });
  equal(await parseCommandLine(["completions", "zsh"]), { kind: "completions", flags: {}, argument: "zsh" });
  equal(await parseCommandLine(["man"]), { kind: "man", flags: {}, argument: null });
});

Deno.test("parseCommandLine answers --help whatever else is on the line", async () => {
  for (
    const argv of [["--nonsense", "--help"], ["--allow", "--help"], ["-yh"], ["help"], ["help", "--help"]]
  ) {
    equal(await parseCommandLine(argv), { kind: "help", topic: null });
  }
  for (
    const argv of [["why", "--help"], ["-h", "why"], ["--json", "why", "3000", "--help"], ["help", "why"]]
  ) {
    equal(await parseCommandLine(argv), { kind: "help", topic: "why" });
  }
  equal(await parseCommandLine(["help", "--port"]), { kind: "help", topic: "--port" });
  equal(await parseCommandLine(["help", "port"]), { kind: "help", topic: "port" });
  for (const argv of [["version"], ["-v"], ["-V"]]) equal(await parseCommandLine(argv), { kind: "version" });
});

Deno.test("parseCommandLine takes ports alone for --only", async () => {
  const only = { ports: ports("3000,5173"), maps: [{ hostPort: 8080, guestPort: 3000 }] };
  for (
    const line of ["3000 5173 8080:3000", "3000,5173 --only 8080:3000", "--only 3000 --only 5173,8080:3000"]
  ) {
    equal(await parseCommandLine(line.split(" ")), { kind: "run", flags: { only } }, line);
  }
  equal(await parseCommandLine(["--json", "3000"]), {
    kind: "run",
    flags: { only: { ports: ports("3000"), maps: [] }, json: true },
  });
});

/** What is typed, and the whole of the message. */
const ERRORS: readonly (readonly [argv: readonly string[], message: string])[] = [
  [["--intervall", "1"], `there is no option "--intervall"; did you mean --interval?`],
  [["--allow-program", "node"], `there is no option "--allow-program"; did you mean --allow?`],
  [["--allow_program_name", "node"], `there is no option "--allow_program_name"; did you mean --allow?`],
  [["--update_interval=1"], `there is no option "--update_interval"; did you mean --interval?`],
  [["--clean"], `there is no option "--clean"; did you mean --clean-rules?`],
  [["--windows_ipp=1"], `there is no option "--windows_ipp"; did you mean --windows-ip?`],
  [["--frobnicate"], `there is no option "--frobnicate"; see wslfwd --help`],
  [["--constructor"], `there is no option "--constructor"; see wslfwd --help`],
  [["--toString=x"], `there is no option "--toString"; see wslfwd --help`],
  [["--__proto__"], `there is no option "--__proto__"; see wslfwd --help`],
  [["--"], `there is no option "--"; see wslfwd --help`],
  [["-x"], `there is no option "-x"; see wslfwd --help`],
  [["-yx"], `there is no option "-x"; see wslfwd --help`],
  [["-5"], `there is no option "-5"; see wslfwd --help`],
  [["-y=1"], `--yes takes no value, but "1" was given; write --yes alone`],
  [["-x=1"], `there is no option "-x"; see wslfwd --help`],
  [["--\x1b[31m"], `there is no option "--\\x1b[31m"; see wslfwd --help`],
  [["stauts"], `there is no command "stauts"; did you mean status?`],
  [["run"], `there is no command "run"; to start forwarding leave it out, or see wslfwd --help`],
  [[""], `there is no command ""; to start forwarding leave it out, or see wslfwd --help`],
  [["status", "now"], `status takes no word after it, but "now" was given; see wslfwd --help`],
  [
    ["completions"],
    `completions needs bash, zsh or fish, but nothing was given; write wslfwd completions bash`,
  ],
  [["completions", "bahs"], `completions needs bash, zsh or fish, but "bahs" was given; did you mean bash?`],
  [
    ["completions", "tcsh-"],
    `completions needs bash, zsh or fish, but "tcsh-" was given; write wslfwd completions bash`,
  ],
  [["completions", "bash", "x"], `completions takes one word after it, but "x" was given; see wslfwd --help`],
  [["status", "--mode", "auto"], `status does not take --mode; it takes --json`],
  [["plan", "--yes"], `plan does not take --yes; see wslfwd --help`],
  [["man", "--json"], `man does not take --json; it takes none`],
  [
    ["3000x"],
    `--only must be ports from 1 to 65535, such as 3000, 8000-8010 or 8080:3000, but "3000x" was given`,
  ],
  [
    ["3000", "status"],
    `--only must be ports from 1 to 65535, such as 3000, 8000-8010 or 8080:3000, but "status" was given`,
  ],
  [
    ["8080:1", "8080:2"],
    `--only must be given one time for each port of Windows, but "8080:2" was given`,
  ],
  [
    ["3000", "--allow", "node"],
    "--allow is of no use where the only ports are named; leave out one of the two; see wslfwd --help",
  ],
  [["--interval"], `--interval needs a value, but none was given; write --interval S`],
  [["--interval", "--json"], `--interval needs a value, but none was given; write --interval S`],
  [["--allow="], `--allow needs a value, but none was given; write --allow NAME`],
  [["--mode"], `--mode needs a value (auto or manual), but none was given; write --mode MODE`],
  [["--json=1"], `--json takes no value, but "1" was given; write --json alone`],
  [["--mode", "atuo"], `--mode must be auto or manual, but "atuo" was given; did you mean auto?`],
  [
    ["--realtime=requier"],
    `--realtime must be auto, require, bpftrace, builtin or off, but "requier" was given; did you mean require?`,
  ],
  [["--interval", "abc"], `--interval must be a number of seconds from 0.05 to 86400, but "abc" was given`],
  [["--interval", "0.01"], `--interval must be a number of seconds from 0.05 to 86400, but "0.01" was given`],
  [["--interval", "-1"], `--interval must be a number of seconds from 0.05 to 86400, but "-1" was given`],
  [["--linger", "1e3"], `--linger must be a number of seconds from 0 to 86400, but "1e3" was given`],
  [["--allow", ""], `--allow must be the name of a program, such as node, but "" was given`],
  [
    ["--allow-port", "0"],
    `--allow-port must be ports from 1 to 65535 or ephemeral, such as 3000,8000-8999, but "0" was given`,
  ],
  [
    ["--disallow-port", "9-1"],
    `--disallow-port must be ports from 1 to 65535 or ephemeral, such as 3000,8000-8999, but "9-1" was given`,
  ],
  [
    ["--loopback", "node"],
    "--loopback must be ports, or the program's own name: an interpreter runs many programs; for one port: node:5173, " +
    'but "node" was given',
  ],
  [
    ["--loopback", "5173", "--mode", "manual"],
    "--loopback does not go with --mode manual: a service on 127.0.0.1 is open only while wslfwd runs; see wslfwd --help",
  ],
  [
    ["--loopback", "5173", "--no-cleanup"],
    "--loopback does not go with --no-cleanup: a service on 127.0.0.1 is open only while wslfwd runs; see wslfwd --help",
  ],
  [
    ["--port", "ephemeral"],
    `--port must be ports from 1 to 65535, such as 3000,8000-8999, but "ephemeral" was given`,
  ],
  [
    ["--map", "80"],
    `--map must be two ports from 1 to 65535, Windows' first, such as 8080:80, but "80" was given`,
  ],
  [
    ["--map", "80:1", "--map", "80:2"],
    `--map must be given one time for each port of Windows, but "80:2" was given`,
  ],
  [
    ["--windows-ip", "localhost"],
    `--windows-ip must be an address of Windows, or 0.0.0.0 or :: for all of a family, but "localhost" was given`,
  ],
  [["--wsl-ip", "::1"], `--wsl-ip must be an IPv4 address of this guest, but "::1" was given`],
  ...["127.0.0.1", "127.8.8.8", "0.0.0.0"].map((address) =>
    [
      ["--wsl-ip", address],
      "--wsl-ip must be an IPv4 address of this guest that Windows can reach (0.0.0.0 and 127.x mean Windows " +
      `itself there: it would forward to itself without end), but "${address}" was given`,
    ] as const
  ),
  [
    ["--profile", "domain,privat"],
    `--profile must be one or more of private, domain, public or any, but "domain,privat" was given; ` +
    "did you mean private?",
  ],
  [
    ["--profile", "any,private"],
    `--profile must be any alone, or a list without it, but "any,private" was given`,
  ],
  [
    ["--remote-ip", "localhost"],
    "--remote-ip must be any, localsubnet, or IPv4 addresses such as 192.168.1.7, 192.168.1.0/24, " +
    `10.0.0.1-10.0.0.9, but "localhost" was given`,
  ],
  [["--config", ""], `--config must be the path of a file, but "" was given`],
  [
    ["--all"],
    "--all belongs to --clean-rules, url and address, and none of these was given; see wslfwd --help",
  ],
  [
    ["--clean-rules", "--gen-config"],
    "--clean-rules and --gen-config are two things to do, and both were given; give one; see wslfwd --help",
  ],
  [
    ["--mode", "manual", "--realtime"],
    "--realtime needs --mode auto, but --mode manual was given (it looks once, and ends); see wslfwd --help",
  ],
];

for (const [argv, message] of ERRORS) {
  Deno.test(`parseCommandLine refuses ${JSON.stringify(argv.join(" "))}`, async () => {
    equal(await parseCommandLine(argv), { kind: "usage-error", message });
  });
}

Deno.test("parseCommandLine keeps messages to one short line of plain text", async () => {
  const long = "\x1b]0;title\x07\n".repeat(1000);
  for (
    const argv of [[`--${long}`], [long], [`--mode=${long}`], [`--json=${long}`], ["--allow-port", long]]
  ) {
    const message = messageOf(await parseCommandLine(argv));
    ok(message.length < 600, message);
    match(message, /^[\x20-\x7e…]+$/);
  }
});

Deno.test("parseCommandLine survives whatever is typed", async () => {
  const random = new Random();
  const words = [
    ...OPTIONS.flatMap(({ name }) => [`--${name}`, `--${name}=`, `--${name}=1`, `--${name}=80:80`]),
    ..."- -- --= = -= -y -V -yy 1 80 a,b : status plan completions bash --no-json --valueOf \n \0 \ud800"
      .split(" "),
  ];
  for (let round = 0; round < 2000; round++) {
    const argv = Array.from({ length: random.int(0, 4) }, () => random.pick(words));
    const invocation = await parseCommandLine(argv).catch((error) => {
      throw new Error(`seed ${random.seed}: ${JSON.stringify(argv)}`, { cause: error });
    });
    ok(typeof invocation.kind === "string");
  }
});

function messageOf(invocation: Invocation): string {
  ok(invocation.kind === "usage-error", JSON.stringify(invocation));
  return invocation.message;
}
