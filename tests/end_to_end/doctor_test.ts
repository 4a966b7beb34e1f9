import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { JSON_VERSION } from "../../src/cli/json/json_fields.ts";
import { REPORT_FIELDS } from "../../src/cli/json/report_fields.ts";
import type { Lab } from "../simulated/lab.ts";
import type { Switches } from "../simulated/windows/model.ts";
import type { SpawnOptions } from "../simulated/guest.ts";
import { startForwarder, stopForwarder } from "./forwarder.ts";
import { forwarding, OWNER } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** One thing that `doctor` found. */
interface Finding {
  readonly check: string;
  readonly mark: string;
  readonly text: string;
  readonly remedy: string | null;
}

async function doctor(lab: Lab, options: SpawnOptions = {}): Promise<{ code: number; findings: Finding[] }> {
  const { code, stdout, stderr } = await lab.wslfwd(["doctor", "--json"], options).exit;
  equal(stderr, "");
  const { wslfwd, time, type, isWell, findings, ...rest } = JSON.parse(stdout);
  same([wslfwd, type, isWell, rest], [JSON_VERSION, "doctor", code === 0, {}]);
  equal(new Date(time).toISOString(), time);
  const fields = REPORT_FIELDS.doctor.find((field) => field.name === "findings")!.fields.map(({ name }) =>
    name
  );
  for (const finding of findings) same(Object.keys(finding), fields);
  return { code, findings };
}

/** Something that is not as it should be, and what `doctor` makes of it. */
interface Trouble {
  readonly trouble: string;
  readonly check: string;
  /** Default: failed. */
  readonly mark?: "note" | "unknown";
  readonly says: RegExp;
  readonly remedy: RegExp | null;
  readonly switches?: Partial<Switches>;
  readonly options?: SpawnOptions;
  readonly prepare?: (lab: Lab) => Promise<unknown>;
}

const troubles: readonly Trouble[] = [
  {
    trouble: "WSL does not tell its version",
    check: "wsl",
    mark: "note",
    says: /does not tell its version/,
    remedy: /^wsl\.exe --update$/,
    switches: { wslVersion: null },
  },
  {
    trouble: "no drive is mounted",
    check: "drive",
    says: /C: drive/,
    remedy: /automount/,
    switches: { drive: null },
  },
  {
    trouble: "Windows programs do not run",
    check: "interop",
    says: /interop does not answer/,
    remedy: /interop.*enabled=true/,
    switches: { interop: "stale" },
  },
  {
    trouble: "the networking mode is not supported",
    check: "mode",
    says: /in mode bridged/,
    remedy: /networkingMode=nat/,
    switches: { networkingMode: "bridged" },
  },
  {
    trouble: "the terminal is not elevated",
    check: "elevation",
    says: /not elevated/,
    remedy: /wslfwd --elevate/,
    switches: { isElevated: false },
  },
  {
    trouble: "IP Helper is stopped",
    check: "forwarder",
    says: /stopped/,
    remedy: /^sc\.exe start iphlpsvc/,
    switches: { ipHelper: "stopped" },
  },
  {
    trouble: "a group policy has the firewall ignore local rules",
    check: "firewall",
    says: /group policy .* private networks/,
    remedy: /gpresult/,
    switches: { ignoresLocalRules: ["private", "domain"] },
  },
  {
    trouble: "the firewall blocks all incoming connections",
    check: "firewall",
    says: /keeps out everything in private networks/,
    remedy: /Blocks all incoming/,
    switches: { firewallShut: ["private"] },
  },
  {
    trouble: "the firewall is off",
    check: "firewall",
    mark: "note",
    says: /is off in private networks/,
    remedy: /state on/,
    switches: { firewallOff: ["private"] },
  },
  {
    trouble: "the network is Public",
    check: "network",
    says: /Public, .*does not answer to desktop-abc\.local$/,
    remedy: /Set-NetConnectionProfile -InterfaceIndex 12 -NetworkCategory Private/,
    switches: { networkProfile: "public" },
  },
  {
    trouble: "a firewall of somebody else's is on",
    check: "other-firewall",
    mark: "note",
    says: /^Some Suite is a firewall beside Windows' own/,
    remedy: /Some Suite/,
    switches: { otherFirewall: "Some Suite" },
  },
  {
    trouble: "powershell prints nonsense",
    check: "network",
    mark: "unknown",
    says: /^others type 192\.168\.50\.1; what Windows takes its network for: /,
    remedy: null,
    prepare: (lab) => lab.windows.addFault({ program: "powershell.exe", kind: "garbage", times: 9 }),
  },
  {
    trouble: "ufw is on in the guest",
    check: "guest-firewall",
    mark: "note",
    says: /^ufw /,
    remedy: /ufw allow PORT\/tcp/,
    prepare: (lab) =>
      lab.guest.run(
        "/bin/sh",
        "-ec",
        "cd /run/guest; mkdir -p etc/ufw work_etc; echo ENABLED=yes >etc/ufw/ufw.conf; " +
          "mount -t overlay -o lowerdir=/etc,upperdir=/run/guest/etc,workdir=/run/guest/work_etc overlay /etc",
      ),
  },
  {
    trouble: "bpftrace is not installed",
    check: "bpftrace",
    mark: "note",
    says: /not installed/,
    remedy: /install bpftrace$/,
  },
  {
    trouble: "the user is not root",
    check: "builtin",
    mark: "note",
    says: /without it wslfwd finds listeners by looking/,
    remedy: /sudo/,
    options: { uid: 1000 },
  },
  {
    trouble: "something else holds the lock",
    check: "instance",
    says: /Another program holds wslfwd's lock/,
    remedy: /ss -xlp/,
    prepare: async (lab) => {
      const script =
        `use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0); bind($s, pack("S a*", AF_UNIX, "\\0wslfwd"));
        listen($s, 9); $| = 1; print "held\\n"; while (accept(my $c, $s)) { print $c "no\\n"; close $c }`;
      await lab.guest.spawn(["perl", "-e", script]).waitForLine(/held/);
    },
  },
  {
    trouble: "rules of a wslfwd that died are left",
    check: "left-over",
    says: /^1 firewall rules and 1 portproxy entries/,
    remedy: /^wslfwd --clean-rules/,
    prepare: async (lab) => {
      const [, rule] = forwarding(3000);
      await lab.windows.putEntry({
        listenAddress: "0.0.0.0",
        listenPort: "3000",
        connectAddress: "172.23.21.232",
        connectPort: "3000",
      });
      await lab.windows.addRule({
        name: "wslfwd-3000-01234567",
        localPorts: [{ first: 3000, last: 3000 }],
        description: rule!.slice(rule!.indexOf(`wslfwd/2;${OWNER}`)),
      });
    },
  },
  {
    trouble: "rules of the predecessor are left",
    check: "predecessor",
    says: /^2 firewall rules of wslfwd's predecessor/,
    remedy: /^wslfwd --clean-rules --all/,
    prepare: async (lab) => {
      for (let i = 0; i < 2; i++) await lab.windows.addRule({ name: "WSL Auto Fowards" });
    },
  },
  {
    trouble: "the config file has a mistake",
    check: "config",
    says: /there is no such file/,
    remedy: /--gen-config/,
    options: { env: {} },
  },
];

for (const { trouble, check, mark = "failed", says, remedy, switches, options, prepare } of troubles) {
  scenario(`doctor names it where ${trouble}, whatever Windows speaks`, async (lab) => {
    // Attaching its probe takes seconds, and is no matter here but in one case: there it is missing, too.
    await lab.guest.run("rm", "/usr/bin/bpftrace");
    await prepare?.(lab);
    const answers: Finding[][] = [];
    for (const language of ["en", "zh"] as const) {
      await lab.windows.set({ language });
      const { code, findings } = check === "config"
        ? await doctorWithBadConfig(lab)
        : await doctor(lab, options);
      const finding = findings.find((one) => one.check === check);
      same([finding?.mark, code], [mark, mark === "failed" ? 1 : 0], JSON.stringify(findings));
      match(finding!.text, says);
      if (remedy === null) equal(finding!.remedy, null);
      else match(finding!.remedy!, remedy);
      answers.push(findings);
    }
    const fixed = answers.map((findings) => findings.filter((one) => one.check !== "listeners"));
    same(fixed[0], fixed[1]);
  }, switches);
}

async function doctorWithBadConfig(lab: Lab): Promise<{ code: number; findings: Finding[] }> {
  const { code, stdout } = await lab.wslfwd(["doctor", "--json", "--config", "/nonexistent"]).exit;
  return { code, findings: JSON.parse(stdout).findings };
}

/** Mounts them in the guest where they are not: the machine of the test need not have them mounted. */
async function mountTracepoints(lab: Lab): Promise<void> {
  const script = "test -d /sys/kernel/debug/tracing/events || mount -t debugfs debugfs /sys/kernel/debug";
  await lab.guest.run("/bin/sh", "-ec", script);
}

scenario("doctor exits with 0 where all is well, with and without a wslfwd that runs", async (lab) => {
  await mountTracepoints(lab);
  const before = await doctor(lab);
  same([before.code, before.findings.filter(({ mark }) => mark !== "ok").map(({ check }) => check)], [0, [
    "instance",
  ]]);
  const program = await startForwarder(lab);
  const { code, findings } = await doctor(lab);
  same([code, findings.filter(({ mark }) => mark !== "ok")], [0, []]);
  ok(findings.some(({ check }) => check === "verified"));
  const { code: textCode, stdout } = await lab.wslfwd(["doctor"]).exit;
  equal(textCode, 0);
  match(stdout, /^✓ mode +WSL's network is in mode nat/m);
  match(stdout, /^All is well\.$/m);
  await stopForwarder(program);
});

scenario(
  "doctor answers although a Windows program hangs, and says which check has no answer",
  async (lab) => {
    await lab.windows.addFault({ program: "powershell.exe", kind: "hang", times: 9 });
    const { code, findings } = await doctor(lab);
    const network = findings.find(({ check }) => check === "network");
    same([code, network?.mark], [0, "unknown"]);
    ok(findings.find(({ check }) => check === "forwarder")?.mark === "ok");
    await lab.windows.clearFaults();
  },
);
