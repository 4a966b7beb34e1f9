import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { SpawnOptions } from "../simulated/guest.ts";
import type { Lab } from "../simulated/lab.ts";
import type { Switches } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder, waitForForwarded } from "./forwarder.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** A reason not to begin: the exit code and the one line that says why. */
interface Refused {
  readonly when: string;
  readonly code: number;
  readonly says: string | RegExp;
  readonly args?: readonly string[];
  readonly switches?: Partial<Switches>;
  readonly env?: SpawnOptions["env"];
  readonly prepare?: (lab: Lab) => Promise<unknown>;
}

const NEEDS_NAT =
  "set networkingMode=nat (or mirrored) below [wsl2] in %UserProfile%\\.wslconfig, then: wsl --shutdown; where that is set, " +
  "WSL could not make that network and says why when it starts";
const REMEDY = "see `[interop]` in /etc/wsl.conf, or run `wsl --shutdown` in Windows and start again";
const NO_INTEROP = `Cannot run Windows programs: WSL's interop does not answer; ${REMEDY}`;
const NOT_ELEVATED =
  "Windows does not let this terminal change rules: it is not elevated (sudo does not help); " +
  "open a terminal with `Run as administrator` and start wslfwd there, or add --elevate";
const FOREIGN_HOLDER =
  "Another program holds wslfwd's lock (the abstract socket @wslfwd) and does not answer as " +
  "wslfwd; find it with: sudo ss -xlp | grep @wslfwd";

/** What sudo leaves of an environment. */
const SUDO: SpawnOptions["env"] = {
  WSL_INTEROP: undefined,
  WSL_DISTRO_NAME: undefined,
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
};

const refusals: readonly Refused[] = [
  {
    when: "an option is mistyped",
    args: ["--realtme"],
    code: 2,
    says: 'there is no option "--realtme"; did you mean --realtime?',
  },
  {
    when: "a value makes no sense",
    args: ["--interval", "0"],
    code: 2,
    says: /^--interval must be .* from 0\.05 to /,
  },
  {
    when: "the config file is not there",
    args: ["--config", "/nonexistent"],
    code: 2,
    says: /^\/nonexistent: there is no such file; /,
  },
  {
    when: "the kernel is not WSL2's",
    prepare: (lab) => lab.guest.run("umount", "/proc/sys/kernel/osrelease"),
    code: 3,
    says: /^This is not WSL2 \(its kernel is \S+\): run wslfwd in a distro of WSL2$/,
  },
  { when: "there is no interop socket", switches: { interop: "gone" }, code: 3, says: NO_INTEROP },
  { when: "the interop sockets are stale", switches: { interop: "stale" }, code: 3, says: NO_INTEROP },
  {
    when: "the kernel cannot start Windows programs, and there is no /init",
    prepare: (lab) => lab.guest.run("rm", "/init"),
    switches: { hasBinfmt: false },
    code: 3,
    says:
      /^Cannot run Windows programs: .*whoami\.exe cannot be started: .* see `\[interop\]` in \/etc\/wsl\.conf/,
  },
  {
    when: "Windows refuses to start programs",
    switches: { refusesPrograms: true },
    code: 3,
    says:
      /^Cannot run Windows programs: Windows refused to start whoami\.exe \(Unknown error -22\); have whoever manages/,
  },
  {
    when: "no drive is mounted",
    switches: { drive: null },
    code: 3,
    says:
      "Cannot find Windows: no netsh.exe below any mounted C: drive; check `[automount]` in /etc/wsl.conf",
  },
  {
    when: "the network is mirrored and one address of Windows is asked for",
    args: ["--windows-ip", "192.168.50.1"],
    switches: { networkingMode: "mirrored" },
    code: 2,
    says: /^--windows-ip 192\.168\.50\.1 cannot be followed in networking mode mirrored, .* leave it out/,
  },
  ...["bridged", "none"].map((networkingMode) => ({
    when: `the network is in mode ${networkingMode}`,
    switches: { networkingMode },
    code: 3,
    says:
      `WSL's network is in mode ${networkingMode}, where Windows cannot forward to this guest; ${NEEDS_NAT}`,
  })),
  { when: "the terminal is not elevated", switches: { isElevated: false }, code: 4, says: NOT_ELEVATED },
  {
    when: "the terminal is not elevated, but another one is",
    switches: { isElevated: false },
    prepare: (lab) => lab.windows.openSession(4242, true),
    env: SUDO,
    code: 4,
    says: NOT_ELEVATED,
  },
  ...["", "hello\\n", '{"app":"other","pid":1}\\n'].map((answer) => ({
    when: `something else holds the lock and answers ${JSON.stringify(answer)}`,
    prepare: (lab: Lab) => holdLock(lab, answer),
    code: 5,
    says: FOREIGN_HOLDER,
  })),
  {
    when: "something else holds the lock and does not answer",
    prepare: (lab) => holdLock(lab, null),
    code: 5,
    says: FOREIGN_HOLDER,
  },
];

for (const { when, code, says, args = [], switches = {}, env = {}, prepare } of refusals) {
  scenario(`wslfwd ends with ${code} and one line where ${when}`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    await prepare?.(lab);
    const exit = await lab.wslfwd(args, { env }).exit;
    const line = exit.stderr.replace(/^wslfwd: /, "");
    if (typeof says === "string") equal(line, says);
    else match(line, says);
    same([exit.code, exit.stdout, exit.stderr.split("\n").length], [code, "", 1]);
    await waitForHoldings(lab, []);
  }, switches);
}

scenario("wslfwd ends with 5 where it runs already, and says which process that is", async (lab) => {
  const first = await startForwarder(lab);
  for (const args of [[], ["--mode", "manual"], ["--clean-rules"]]) {
    const { code, stdout, stderr } = await lab.wslfwd(args).exit;
    same([code, stdout], [5, ""], args.join(" "));
    match(stderr, /^wslfwd: wslfwd is already running in this VM \(pid \d+\); stop it first$/);
  }
  await stopForwarder(first);
  await stopForwarder(await startForwarder(lab));
});

/** What wslfwd does its work in all the same. */
const surroundings: readonly (readonly [string, Partial<Switches>, SpawnOptions])[] = [
  ["under sudo", {}, { env: SUDO }],
  ["with a WSL_INTEROP that is gone", {}, { env: { WSL_INTEROP: "/run/WSL/77_interop" } }],
  ["with a WSL_INTEROP that is none", {}, { env: { WSL_INTEROP: "/etc/passwd" } }],
  ["where the drive is mounted elsewhere", { drive: "/run/drives/c" }, {}],
  ["where Windows is Chinese", { language: "zh" }, {}],
  ["where Windows is Japanese", { language: "ja" }, {}],
  ["where Windows is German", { language: "de" }, {}],
  ["where Windows is Portuguese", { language: "pt" }, {}],
  ["where the registry has its own order", { shufflesRegistry: true }, {}],
  ["where add refuses what is there", { addOnExisting: "refuses" }, {}],
  ["where a script that failed exits with 0", { failedScriptExits: 0 }, {}],
  ["with an environment that would lead it astray", {}, {
    env: { SystemRoot: "/tmp", WINDIR: "/tmp", PATH: "/tmp", LD_PRELOAD: "", NETSH: "/bin/false" },
  }],
  ["without root", {}, { uid: 1000 }],
  ["where the kernel does not know Windows programs", { hasBinfmt: false }, {}],
  ["where nothing on the drive may be executed", { canExecute: false }, {}],
];

for (const [where, switches, options] of surroundings) {
  scenario(`wslfwd works ${where}`, async (lab) => {
    await using _server = await lab.guest.listen(3000, { text: "the page" });
    const program = await startForwarder(lab, [], options);
    await waitForHoldings(lab, forwardings([3000]));
    equal(await lab.lan.fetch(3000), "the page");
    await stopForwarder(program);
    await waitForHoldings(lab, []);
  }, switches);
}

scenario("wslfwd works where WSL has no wslinfo, and says what it takes for granted", async (lab) => {
  const program = await startForwarder(lab);
  const { message } = await program.waitForEvent("notice", (event) => event.code === "mode-unknown");
  equal(message, "this WSL does not tell its networking mode; by the guest's network it is nat");
  await using _server = await lab.guest.listen(3000);
  await waitForForwarded(program, 3000);
  await stopForwarder(program);
}, { networkingMode: null });

scenario(
  "wslfwd works where /bin is no link to /usr/bin, and where the modes are told by /bin/wslinfo",
  async (lab) => {
    await lab.guest.split();
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab);
    await waitForForwarded(program, 3000);
    same(program.events().filter(({ code }) => code === "mode-unknown"), []);
    ok((await lab.windows.calls("wslpath")).length > 0);
    await stopForwarder(program);
  },
);

scenario("wslfwd mounts the drive for itself where WSL does not, and root may", async (lab) => {
  await lab.guest.letMount();
  await using _server = await lab.guest.listen(3000);
  const refused = await lab.wslfwd(["status"], { uid: 1000 }).exit;
  match(refused.stdout + refused.stderr, /no netsh\.exe below any mounted C: drive/);
  const program = await startForwarder(lab);
  await waitForHoldings(lab, forwardings([3000]));
  equal(Deno.statSync(`/proc/${lab.guest.initPid}/root/run/wslfwd`).mode! & 0o777, 0o700);
  await stopForwarder(program);
  await waitForHoldings(lab, []);
}, { drive: null });

scenario("wslfwd finds Windows by /proc/mounts where wslpath fails", async (lab) => {
  await lab.guest.run("rm", "/bin/wslpath");
  await using _server = await lab.guest.listen(3000);
  await stopForwarder(await startForwarder(lab));
  equal((await lab.windows.calls("wslpath")).length, 0);
}, { drive: "/run/drives/c" });

/** Has another program hold wslfwd's lock. `answer`: what it tells everybody, as printf(1) has it; null: nothing, for ever. */
async function holdLock(lab: Lab, answer: string | null): Promise<void> {
  const script = `use Socket;
    socket(my $s, AF_UNIX, SOCK_STREAM, 0); bind($s, pack("S a*", AF_UNIX, "\\0wslfwd")) or die; listen($s, 9);
    $| = 1; print "held\\n";
    while (accept(my $c, $s)) { ${
    answer === null ? "push @kept, $c" : `print $c "${answer.replaceAll('"', '\\"')}"; close $c`
  } }`;
  await lab.guest.spawn(["perl", "-e", script]).waitForLine(/held/);
}
