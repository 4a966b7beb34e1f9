/** `status`, `list` and `plan`: what they tell, as text and as documented JSON, and that they only read. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { JsonField } from "../../../src/cli/json/json_field.ts";
import { COMMON_FIELDS, JSON_VERSION } from "../../../src/cli/json/json_fields.ts";
import { REPORT_FIELDS } from "../../../src/cli/json/report_fields.ts";
import { hasFields, pickFields } from "../../../src/cli/json/json_check.ts";
import type { SpawnOptions } from "../../simulated/guest.ts";
import type { Lab } from "../../simulated/lab.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "../forwarder.ts";
import { waitForHoldings } from "../holdings.ts";
import { scenario } from "../scenario.ts";
import { installCommand } from "./guest_terminal.ts";

const FOREIGN = { listenAddress: "*", listenPort: "9000", connectAddress: "host.lan", connectPort: "80" };

/** What a command prints with `--json`: one object, which has exactly the documented fields. */
async function report(
  lab: Lab,
  type: keyof typeof REPORT_FIELDS,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await lab.wslfwd([type, "--json", ...args], options).exit;
  same([stderr, stdout.split("\n").length], ["", 1], stdout);
  const object = JSON.parse(stdout);
  equal(code, type === "status" && object.instance === null && object.holder === "none" ? 7 : 0);
  const fields: readonly JsonField[] = [...COMMON_FIELDS, ...REPORT_FIELDS[type]];
  ok(hasFields(object, fields), stdout);
  equal(JSON.stringify(pickFields(object, fields)), JSON.stringify(object), "no other fields, in this order");
  same([object.wslfwd, object.type], [JSON_VERSION, type]);
  return object;
}

scenario("status and list tell of no instance, and status of what Windows holds", async (lab) => {
  await lab.windows.putEntry(FOREIGN);
  await lab.windows.addRule({ name: "WSL Auto Fowards" });
  const gone = await lab.guest.listen(3000);
  equal((await lab.wslfwd(["--mode", "manual"]).exit).code, 0);
  await gone.close();
  const { code, stdout, stderr } = await lab.wslfwd(["status"]).exit;
  same([code, stderr], [7, ""]);
  same(stdout.split("\n"), [
    "wslfwd is not running; start it with: sudo wslfwd",
    "",
    "Windows holds:",
    "  0.0.0.0:3000 -> 172.23.21.232:3000  wslfwd's, kept",
    "  *:9000 -> host.lan:80               somebody else's",
    "What is kept stays open until the next wslfwd, which takes it over; to close: wslfwd --clean-rules",
    "1 firewall rule of wslfwd's predecessor; to remove all: wslfwd --clean-rules --all",
  ]);
  same((await lab.wslfwd(["list"]).exit).stdout, "192.168.50.1:3000\t172.23.21.232:3000\t-");
  const status = await report(lab, "status");
  same([status.holder, status.instance, status.forwarded, status.doubt], ["none", null, [], null]);
  const left = {
    listenAddress: "0.0.0.0",
    listenPort: 3000,
    connectAddress: "172.23.21.232",
    connectPort: 3000,
  };
  same(status.windows, {
    entries: [{ ...left, holder: "kept" }, {
      ...FOREIGN,
      listenPort: 9000,
      connectPort: 80,
      holder: "foreign",
    }],
    unread: [],
    openPorts: [],
    rulesWithoutEntry: 0,
    predecessorRules: 1,
  });
  same((await report(lab, "list")).forwarded, [
    {
      protocol: "tcp",
      ...left,
      listenAddresses: ["0.0.0.0"],
      lanAddress: "192.168.50.1",
      lanIpv6: null,
      missing: [],
      program: null,
      pid: null,
      folder: null,
      since: null,
      state: "kept",
      isLoopback: false,
      note: "kept",
    },
  ]);
  await lab.windows.deleteEntry("0.0.0.0", 3000);
  match(
    (await lab.wslfwd(["status"]).exit).stdout,
    /^1 firewall rule of wslfwd without an entry: wslfwd --clean-rules$/m,
  );
  equal(
    (await report(lab, "status").then(({ windows }) => windows as { rulesWithoutEntry: number }))
      .rulesWithoutEntry,
    1,
  );
});

scenario("status, list and plan ask the instance that runs, from any user, and take no lock", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  await using _loopback = await lab.guest.listen(5432, { address: "127.0.0.1" });
  const program = await startForwarder(lab, ["--port", "80"]);
  await waitForForwarded(program, 3000);
  await waitForForwarded(program, 80);
  await waitForRejected(program, 5432);
  await program.waitForEvent("network");
  for (const options of [{}, { uid: 1000 }]) {
    const { code, stdout } = await lab.wslfwd(["status"], options).exit;
    equal(code, 0);
    const said = stdout.split("\n"), lines = said.toSpliced(1, 1);
    match(said[1]!, /^also at desktop-abc\.local, /);
    match(
      lines[0]!,
      /^wslfwd \d+\.\d+\.\d+ runs \(pid \d+, auto\), told of listeners by netlink, forwarding to 172\.23\.21\.232$/,
    );
    same(lines.slice(1, 3), ["", "Forwarded:"]);
    match(lines[3]!, /^ {2}192\.168\.50\.1:80 {4}172\.23\.21\.232:80 {4}fixed port +\d\d:\d\d$/);
    match(lines[4]!, /^ {2}192\.168\.50\.1:3000 {2}172\.23\.21\.232:3000 {2}agent\.ts \d+ +\d\d:\d\d$/);
    same(lines.slice(5, 7), ["", "Not forwarded:"]);
    match(
      lines[7]!,
      /^ {2}5432 {2}agent\.ts \d+ {2}listens on 127\.0\.0\.1 only; open it by --loopback 5432, or have it listen on 0\.0\.0\.0$/,
    );
    same(lines.slice(8), [
      "",
      "Windows holds:",
      "  0.0.0.0:80 -> 172.23.21.232:80      wslfwd's",
      "  0.0.0.0:3000 -> 172.23.21.232:3000  wslfwd's",
    ]);
    const { stdout: list } = await lab.wslfwd(["list"], options).exit;
    equal(list, "192.168.50.1:80\t172.23.21.232:80\t-\n192.168.50.1:3000\t172.23.21.232:3000\tagent.ts");
    const { stdout: plan } = await lab.wslfwd(["plan", "--port", "80"], options).exit;
    match(plan, /^# nothing to change\n# not forwarded 5432: \S+( \d+)?: listens on 127\.0\.0\.1 only; /);
  }
  const status = await report(lab, "status");
  same([status.holder, status.doubt], ["wslfwd", null]);
  const { task, engine, guestAddress, keepsRules } = status.instance as Record<string, unknown>;
  same([task, engine, guestAddress, keepsRules], ["auto", "netlink", "172.23.21.232", false]);
  const [, { pid, since, ...forward }] = status.forwarded as Record<string, unknown>[] as [
    unknown,
    Record<string, unknown>,
  ];
  ok(Number.isInteger(pid) && new Date(since as string).toISOString() === since);
  same(forward, {
    protocol: "tcp",
    listenAddress: "0.0.0.0",
    listenPort: 3000,
    connectAddress: "172.23.21.232",
    connectPort: 3000,
    listenAddresses: ["0.0.0.0"],
    lanAddress: "192.168.50.1",
    lanIpv6: null,
    missing: [],
    program: "agent.ts",
    folder: "/run/guest",
    state: "reachable",
    isLoopback: false,
    note: "",
  });
  const [{ reason, detail, boundAddress }] = status.rejected as [Record<string, unknown>];
  same([reason, detail, boundAddress], ["loopback", "127.0.0.1", "127.0.0.1"]);
  same((await report(lab, "list")).forwarded, status.forwarded);
  same((await report(lab, "plan", ["--port=80"])).commands, []);
  await stopForwarder(program);
  await waitForHoldings(lab, []);
});

scenario("list and status ask an instance of another distro", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  await installCommand(lab);
  const program = await startForwarder(lab);
  await waitForForwarded(program, 3000);
  await program.waitForEvent("network");
  // Distros share the network, and neither files nor processes.
  const distro = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const list = await lab.guest.spawn([...distro, "wslfwd", "list"]).exit;
  same([list.code, list.stderr], [0, ""]);
  equal(list.stdout, "192.168.50.1:3000\t172.23.21.232:3000\tagent.ts");
  match(
    (await lab.guest.spawn([...distro, "wslfwd", "status"]).exit).stdout,
    /^wslfwd \S+ runs \(pid \d+, auto\), /,
  );
  const second = await lab.guest.spawn([...distro, "wslfwd"]).exit;
  same([second.code, second.stdout], [5, ""]);
  await stopForwarder(program);
});

scenario("plan, status and list work without elevation", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const plan = await report(lab, "plan");
  equal((plan.commands as string[]).length, 2);
  equal(plan.doubt, null);
  equal((await lab.wslfwd(["status"]).exit).stdout.split("\n").at(-1), "Windows holds no portproxy entries.");
  equal((await lab.wslfwd(["list"]).exit).code, 0);
}, { isElevated: false });

scenario("outside WSL2 everything that would look at the machine says so, and ends with 3", async (lab) => {
  await lab.guest.run("umount", "/proc/sys/kernel/osrelease");
  for (
    const args of [["plan"], ["why", "80"], ["doctor"], ["status"], ["list"], ["address"], ["url", "80"]]
  ) {
    const { code, stdout, stderr } = await lab.wslfwd(args).exit;
    same([code, stdout], [3, ""], args.join(" "));
    match(stderr, /^wslfwd: This is not WSL2 \(its kernel is \S+\): run wslfwd in a distro of WSL2$/);
  }
  equal((await lab.windows.calls()).length, 0);
});

/** Has another program hold the lock, and answer everybody with a text, what is in its first brackets so many times. */
async function holdLock(lab: Lab, answer: string, times = 1): Promise<void> {
  const script = `my $answer = pack("H*", $ARGV[0]);
    $answer =~ s/(?<="forwarded":)\\[(.*)\\](?=,"rejected")/"[" . join(",", ($1) x $ARGV[1]) . "]"/e if $ARGV[1] > 1;
    use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0);
    bind($s, pack("S a*", AF_UNIX, "\\0wslfwd")) or die; listen($s, 9);
    $| = 1; print "held\\n"; while (accept(my $c, $s)) { print $c $answer; close $c }`;
  const bytes = new TextEncoder().encode(answer);
  await lab.guest.spawn(["perl", "-e", script, bytes.toHex(), `${times}`]).waitForLine(/held/);
}

const STRANGER = "Another program holds wslfwd's lock (the abstract socket @wslfwd) and does not answer as " +
  "wslfwd; find it with: sudo ss -xlp | grep @wslfwd";

scenario(
  "status names a holder of the lock that is not wslfwd, and tells what Windows holds",
  async (lab) => {
    await lab.windows.putEntry(FOREIGN);
    await holdLock(lab, "220 ftp.example.org ready\r\n");
    const { code, stdout, stderr } = await lab.wslfwd(["status"]).exit;
    same([code, stderr], [0, ""]);
    same(stdout.split("\n"), [STRANGER, "", "Windows holds:", "  *:9000 -> host.lan:80  somebody else's"]);
    const { holder, instance, forwarded } = await report(lab, "status");
    same([holder, instance, forwarded], ["other", null, []]);
    const list = await lab.wslfwd(["list"]).exit;
    same([list.code, list.stdout, list.stderr], [5, "", `wslfwd: ${STRANGER}`]);
    equal((await lab.wslfwd(["plan"]).exit).code, 0);
  },
);

scenario("status and list say where the answer of another version cannot be read", async (lab) => {
  await holdLock(lab, '{"app":"wslfwd","wslfwd":7,"pid":42,"task":"au\\u001b[31mto","view":{}}');
  const { code, stdout } = await lab.wslfwd(["status"]).exit;
  equal(code, 0);
  const says = "wslfwd runs (pid 42) in another version, whose answer this one cannot read; use that version";
  equal(stdout.split("\n")[0], says);
  const { holder, instance } = await report(lab, "status");
  const { pid, version } = instance as Record<string, unknown>;
  same([holder, pid, version], ["wslfwd", 42, null]);
  const list = await lab.wslfwd(["list"]).exit;
  same([list.code, list.stderr], [1, `wslfwd: ${says}`]);
});

scenario("status and list show a hostile answer without obeying it", async (lab) => {
  const evil = "\x1b[2J\u202e\tx\ny";
  const rule = { protocol: evil, listenAddress: evil, listenPort: 1, connectAddress: evil, connectPort: 2 };
  const program = { program: evil, pid: 3, folder: evil };
  await holdLock(
    lab,
    JSON.stringify({
      app: "wslfwd",
      wslfwd: 2,
      pid: 42,
      task: evil,
      version: evil,
      engine: evil,
      guestAddress: evil,
      keepsRules: false,
      ...{ lanAddress: evil, lanIpv6: evil, lanName: evil },
      forwarded: [{
        ...rule,
        ...{ listenAddresses: [evil], lanAddress: evil, lanIpv6: evil },
        missing: [{ listenAddress: evil, reason: evil, detail: evil }],
        ...program,
        ...{ since: evil, state: evil, isLoopback: false, note: evil, secret: 1 },
      }],
      rejected: [{
        protocol: evil,
        listenPort: 4,
        boundAddress: evil,
        boundPort: 5,
        ...program,
        reason: evil,
        detail: evil,
      }],
      helper: { state: evil, pid: null, reason: evil, makesRules: true, relayed: [] },
      notices: [{ level: evil, text: evil, count: 2 }],
      more: evil,
    }),
  );
  for (const args of [["status"], ["list"], ["status", "--json"], ["list", "--json"]]) {
    const { code, stdout } = await lab.wslfwd(args).exit;
    equal(code, 0, args.join(" "));
    // deno-lint-ignore no-control-regex -- what a terminal would obey
    ok(!/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(stdout), JSON.stringify(stdout));
    ok(!stdout.includes("secret"));
  }
  equal((await lab.wslfwd(["list"]).exit).stdout.split("\t").length, 3, "a name has no tab in it");
});

scenario("list gets the whole of the longest answer", async (lab) => {
  const forward = {
    ...{
      protocol: "tcp",
      listenAddress: "192.168.100.100",
      listenPort: 65535,
      connectAddress: "172.23.121.232",
      connectPort: 65535,
    },
    ...{ listenAddresses: ["192.168.100.100", "fd00:1234:5678:9abc:def0:1234:5678:9abc"], missing: [] },
    ...{ lanAddress: "192.168.100.100", lanIpv6: "fd00:1234:5678:9abc:def0:1234:5678:9abc" },
    ...{ program: "a-program-of-15", pid: 4194303, folder: null },
    ...{ since: new Date(0).toISOString(), state: "blocked", isLoopback: false, note: "" },
  };
  const answer = {
    ...{
      app: "wslfwd",
      wslfwd: 2,
      pid: 42,
      task: "auto",
      version: "1",
      engine: "netlink",
      guestAddress: null,
    },
    ...{
      keepsRules: false,
      lanAddress: null,
      lanIpv6: null,
      lanName: null,
      forwarded: [forward],
      rejected: [],
      helper: null,
      notices: [],
    },
  };
  await holdLock(lab, JSON.stringify(answer), 65_535);
  const { code, stdout } = await lab.wslfwd(["list"]).exit;
  same([code, stdout.split("\n").length], [0, 65_535]);
});
