import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { RunningProgram } from "../simulated/running_program.ts";
import { USUAL } from "../simulated/windows/model.ts";
import { forwardings, OWNER, waitForHoldings } from "./holdings.ts";
import { builtFile, optionsOf } from "./own_start.ts";
import { scenario } from "./scenario.ts";

/** Runs wslfwd as a user, out of a folder of that user's. */
function startWeak(lab: Lab, args: readonly string[]): RunningProgram {
  const file = builtFile();
  const start = file === ""
    ? `cp "$1" /run/guest/weak/deno; shift; set -- /run/guest/weak/deno run --allow-all --quiet --cached-only "$@"`
    : `cp "$1" /run/guest/weak/wslfwd; shift 2; set -- /run/guest/weak/wslfwd "$@"`;
  const script = `mkdir -p /run/guest/weak/cache; ${start}
    chown -R 1000:1000 /run/guest/weak; exec setpriv --reuid=1000 --regid=1000 --clear-groups "$@"`;
  const words = [file === "" ? Deno.execPath() : file, "/run/guest/repository/main.ts", ...args];
  const env = { HOME: "/", XDG_CACHE_HOME: "/run/guest/weak/cache", DENO_DIR: "/run/guest/deno_dir" };
  return lab.guest.spawn(["/bin/sh", "-ec", script, "sh", ...words], { env });
}

/** Enables autostart of a wslfwd of its own, which is gone after that. */
async function enableAndLose(lab: Lab): Promise<void> {
  const file = builtFile();
  if (file === "") {
    // A user's is run from this folder.
    equal((await lab.wslfwd(["autostart", "enable"], { uid: 1000 }).exit).code, 0);
    return await lab.guest.run("mount", "-t", "tmpfs", "none", "/run/guest/repository");
  }
  await lab.guest.run("/bin/sh", "-ec", 'mkdir /run/guest/lost; cp "$1" /run/guest/lost/wslfwd', "sh", file);
  equal((await lab.guest.spawn(["/run/guest/lost/wslfwd", "autostart", "enable"]).exit).code, 0);
  await lab.guest.run("rm", "/run/guest/lost/wslfwd");
}

const NAME = `wslfwd-${OWNER}`;

for (const language of ["en", "zh"] as const) {
  scenario(
    `autostart starts wslfwd at logon until it is disabled, on Windows in ${language}`,
    async (lab) => {
      await using _server = await lab.guest.listen(3000, { text: "the page" });
      const off = await lab.wslfwd(["autostart", "status"]).exit;
      same([off.code, off.stdout.startsWith("autostart is off")], [1, true]);
      for (const args of [["--linger", "0"], ["--realtime", "--allow", `x "y" \\ ' 中文`]]) {
        const { code, stdout, stderr } = await lab.wslfwd(["autostart", "enable", ...args]).exit;
        equal(code, 0, stderr);
        match(
          stdout,
          /^autostart is on: at logon Windows starts \S+\/(?:main\.ts|[\w-]*wslfwd[\w-]*)\nonly wslfwd is elevated: wslfwd-[\da-f]{8}-boot boots the distro before, [^\n]*\nWindows has not started it yet\nwhat it says: \/var\/log\/wslfwd\.log\nwhole command: C:\\Windows\\System32\\conhost\.exe --headless /,
        );
      }
      const { tasks } = await lab.windows.state();
      same(
        tasks.map(({ name, sid }) => [name, sid]),
        [[`${NAME}-boot`, USUAL.sid], [NAME, USUAL.sid]],
        "enabling twice makes no more of them",
      );
      equal(await lab.windows.scriptFolder(), null, "its file is gone");
      const json = JSON.parse((await lab.wslfwd(["autostart", "status", "--json"]).exit).stdout);
      same([json.type, json.isEnabled, typeof json.commandLine], ["autostart", true, "string"]);

      await lab.windows.logOn();
      const launch = (await lab.windows.state()).launches.at(-1);
      same([launch!.distro, launch!.user, launch!.isElevated, launch!.isHidden], [
        "Debian",
        "root",
        true,
        true,
      ]);
      same(optionsOf(launch!.argv), [
        "--log=/var/log/wslfwd.log",
        "--realtime=auto",
        `--allow=x "y" \\ ' 中文`,
      ]);

      const disabled = await lab.wslfwd(["autostart", "disable"]).exit;
      equal(disabled.code, 0, disabled.stderr);
      match(disabled.stdout, /^autostart is off now$/m);
      same((await lab.windows.state()).tasks, []);
      match((await lab.wslfwd(["autostart", "disable"]).exit).stdout, /^autostart was off$/m);
    },
    { language },
  );
}

scenario("what autostart starts forwards with the chosen options", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  equal((await lab.wslfwd(["autostart", "enable", "--port", "8080", "--linger", "0"]).exit).code, 0);
  await lab.windows.logOn();
  const launch = (await lab.windows.state()).launches.at(-1);
  const session = await lab.windows.openSession(4242, true);
  // It says what happens in its log, where it was not told of another one.
  const argv = launch!.argv.filter((word) => !word.startsWith("--log="));
  const program = lab.guest.spawn([...argv, "--json"], { env: { WSL_INTEROP: session } });
  await program.waitForEvent("ready");
  await waitForHoldings(lab, forwardings([3000, 8080]));
  equal(await lab.lan.fetch(3000), "the page");
  // What runs keeps its rules until it is stopped; that it runs is said.
  const { code, stdout } = await lab.wslfwd(["autostart", "disable"]).exit;
  equal(code, 0);
  match(stdout, /^autostart is off now\nwslfwd \(pid \d+\) goes on until it is stopped: sudo wslfwd stop$/);
  same((await lab.windows.state()).tasks, []);
  await program.kill("SIGTERM");
  equal((await program.exit).code, 0);
  await waitForHoldings(lab, []);
});

scenario("autostart disable removes the rules that are left", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  equal((await lab.wslfwd(["autostart", "enable"]).exit).code, 0);
  equal((await lab.wslfwd(["--mode", "manual"]).exit).code, 0);
  await waitForHoldings(lab, forwardings([3000]));
  equal((await lab.wslfwd(["autostart", "disable"]).exit).code, 0);
  await waitForHoldings(lab, []);
});

scenario("autostart needs an elevated terminal, but not for its status", async (lab) => {
  for (const action of ["enable", "disable"]) {
    const { code, stderr } = await lab.wslfwd(["autostart", action]).exit;
    equal(code, 4);
    match(stderr, /not elevated/);
  }
  equal((await lab.wslfwd(["autostart", "status"]).exit).code, 1);
  same((await lab.windows.state()).tasks, []);
}, { isElevated: false });

scenario("autostart says so where Windows does not make or delete the task", async (lab) => {
  await lab.windows.addFault({ program: "schtasks.exe", kind: "fail", matching: "/Create" });
  const refused = await lab.wslfwd(["autostart", "enable"]).exit;
  equal(refused.code, 1);
  match(refused.stderr, /Windows did not make the task: schtasks\.exe ended with 1; .*taskschd\.msc$/m);
  same(await lab.windows.scriptFolder() ?? [], [], "no file stays");
  equal((await lab.wslfwd(["autostart", "enable"]).exit).code, 0);
  await lab.windows.addFault({ program: "schtasks.exe", kind: "fail", matching: "/Delete" });
  const kept = await lab.wslfwd(["autostart", "disable"]).exit;
  equal(kept.code, 1);
  match(kept.stderr, /Windows did not delete the task/);
  await lab.windows.addFault({ program: "schtasks.exe", kind: "garbage", matching: "/Query" });
  const unread = await lab.wslfwd(["autostart", "status"]).exit;
  equal(unread.code, 1);
  match(unread.stderr, /schtasks \/Query \/XML: expected a task/);
});

scenario(
  "autostart takes the config file by its absolute path, and warns of a program that others can change",
  async (lab) => {
    await lab.guest.run("/bin/sh", "-c", `echo '{}' >/run/guest/my.json`);
    const { code, stderr } = await lab.wslfwd(["autostart", "enable", "--config", "my.json"], {
      cwd: "/run/guest",
    }).exit;
    equal(code, 0, stderr);
    const task = (await lab.windows.state()).tasks.at(-1);
    ok(task!.commandLine.includes(`"--config=/run/guest/my.json"`), task!.commandLine);
    const weak = await startWeak(lab, ["autostart", "enable"]).exit;
    equal(weak.code, 0, weak.stderr);
    match(
      weak.stderr,
      /whoever can change wslfwd has root here .*: \/run\/guest\/weak\b.* does not belong to root/,
    );
  },
);

scenario("autostart refuses words that it does not know", async (lab) => {
  for (const args of [["autostart"], ["autostart", "enabel"]]) {
    const { code, stderr } = await lab.wslfwd(args).exit;
    equal(code, 2);
    match(stderr, /autostart needs enable, disable or status/);
  }
  same(await lab.windows.calls(), []);
});

scenario(
  "autostart status and doctor see that what the task starts is gone, and how it ended",
  async (lab) => {
    equal((await lab.wslfwd(["autostart", "enable"]).exit).code, 0);
    await lab.windows.set({ taskResult: 127 });
    const ended = await lab.wslfwd(["autostart", "status"]).exit;
    equal(ended.code, 0);
    match(ended.stdout, /^Windows last started it at 11\/25\/2026 9:00:01 AM, and ended with 127$/m);
    const json = JSON.parse((await lab.wslfwd(["autostart", "status", "--json"]).exit).stdout);
    same([json.fault, json.lastResult, json.log], [null, 127, "/var/log/wslfwd.log"]);
    await enableAndLose(lab);
    const gone = await lab.wslfwd(["autostart", "status"]).exit;
    equal(gone.code, 1);
    match(
      gone.stdout,
      /^error: the task starts \S+\/(?:main\.ts|lost\/wslfwd), which is not there; make the task again: /m,
    );
    match(
      (await lab.wslfwd(["doctor"]).exit).stdout,
      /^✗ autostart +the task starts \S+\/(?:main\.ts|lost\/wslfwd), which is not there/m,
    );
  },
);

scenario("autostart refuses to look once, and clean-rules says that it is on", async (lab) => {
  const once = await lab.wslfwd(["autostart", "enable", "--mode", "manual"]).exit;
  equal(once.code, 2);
  match(once.stderr, /autostart is of no use with --mode manual/);
  same((await lab.windows.state()).tasks, []);
  equal((await lab.wslfwd(["autostart", "enable"]).exit).code, 0);
  match(
    (await lab.wslfwd(["--clean-rules"]).exit).stdout,
    /^Autostart is on: .*: wslfwd autostart disable$/m,
  );
});

scenario("--log appends to a file for root alone, and refuses a link", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = lab.wslfwd(["--log", "/run/guest/wslfwd.log"]);
  await waitForHoldings(lab, forwardings([3000]));
  await program.kill("SIGTERM");
  const { code, stdout, stderr } = await program.exit;
  same([code, stdout, stderr], [0, "", ""]);
  const shown = await lab.guest.spawn([
    "sh",
    "-c",
    "stat -c %a /run/guest/wslfwd.log; cat /run/guest/wslfwd.log",
  ]).exit;
  match(shown.stdout, /^600\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [^]*forwarded [^]*:3000 -> [^]*wslfwd ends/);
  await lab.guest.run("ln", "-s", "/etc/shadow", "/run/guest/link");
  const link = await lab.wslfwd(["--log", "/run/guest/link"]).exit;
  same([link.code, link.stderr], [1, "wslfwd: Cannot write the log /run/guest/link: ELOOP"]);
});
