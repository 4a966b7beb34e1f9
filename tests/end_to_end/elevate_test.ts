import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import type { SpawnOptions } from "../simulated/guest.ts";
import type { Lab } from "../simulated/lab.ts";
import type { Launch } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder } from "./forwarder.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { optionsOf, sourceEnvironment } from "./own_start.ts";
import { scenario } from "./scenario.ts";

const UNELEVATED = { isElevated: false } as const;

async function launchOf(lab: Lab): Promise<Launch> {
  const { launches } = await lab.windows.state();
  equal(launches.length, 1);
  return launches[0]!;
}

scenario("--elevate asks once, and goes on as administrator with the same options", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const asked = await lab.wslfwd(["--elevate", "--realtime", "--linger", "0", "--json"]).exit;
  equal(asked.code, 0, asked.stderr);
  match(asked.stdout, /"type":"notice","code":"elevated"/);
  const launch = await launchOf(lab);
  same([launch.distro, launch.user, launch.argv[0]], ["Debian", "root", "/usr/bin/env"]);
  same(optionsOf(launch.argv), ["--linger=0", "--realtime=auto", "--json"]);
  await waitForHoldings(lab, []);
  // What wsl.exe does with it, in the session that Windows gave an administrator's rights.
  const session = await lab.windows.openSession(4242, true);
  const elevated = lab.guest.spawn(launch.argv, { env: { WSL_INTEROP: session } });
  await elevated.waitForEvent("ready");
  await waitForHoldings(lab, forwardings([3000]));
  equal(await lab.lan.fetch(3000), "the page");
  await elevated.kill("SIGTERM");
  equal((await elevated.exit).code, 0);
  await waitForHoldings(lab, []);
}, UNELEVATED);

scenario("--elevate does nothing where Windows lets us change rules already", async (lab) => {
  const program = await startForwarder(lab, ["--elevate"]);
  same((await lab.windows.state()).launches, []);
  await stopForwarder(program);
});

scenario(
  "An account that is no administrator is told before Windows would ask for another's name",
  async (lab) => {
    for (const args of [["--elevate"], []]) {
      const { code, stdout, stderr } = await lab.wslfwd(args).exit;
      same([code, stdout, stderr.split("\n").length], [4, "", 1]);
      match(stderr, /it is no administrator, and an administrator's terminal has a WSL of its own/);
    }
    same(await lab.windows.calls("powershell.exe"), []);
  },
  { isElevated: false, isStandardUser: true },
);

for (const language of ["en", "zh"] as const) {
  scenario(
    `--elevate says so where the user says no, or cannot be asked, on Windows in ${language}`,
    async (lab) => {
      const cases = [["refused", /was answered with no/], [
        "cannot-ask",
        /cannot ask .* \(error 1260\)/,
      ]] as const;
      for (const [consent, says] of cases) {
        await lab.windows.set({ consent });
        const { code, stdout, stderr } = await lab.wslfwd(["--elevate"]).exit;
        same([code, stdout, stderr.split("\n").length], [4, "", 1]);
        match(stderr, says);
        match(stderr, /open a terminal with `Run as administrator` and start wslfwd there$/);
      }
      await lab.windows.addFault({ program: "powershell.exe", kind: "garbage" });
      const { code, stderr } = await lab.wslfwd(["--elevate"]).exit;
      equal(code, 4);
      match(stderr, /could not be asked for an administrator's rights: Start-Process/);
      same((await lab.windows.state()).launches, []);
    },
    { ...UNELEVATED, language },
  );
}

scenario("--elevate does not ask where a wslfwd runs already", async (lab) => {
  const program = await startForwarder(lab);
  await lab.windows.set(UNELEVATED);
  const { code, stderr } = await lab.wslfwd(["--elevate"]).exit;
  equal(code, 5);
  match(stderr, /already running in this VM \(pid \d+\)/);
  same((await lab.windows.state()).launches, []);
  await lab.windows.set({ isElevated: true });
  await stopForwarder(program);
});

/** Values that a shell, PowerShell or a command line would take for more than a value. */
const HOSTILE = [
  `a b`,
  `"`,
  `\\`,
  `\\"`,
  `a\\\\" b"c`,
  `'; calc.exe; '`,
  `\u2019; calc.exe; \u2018`,
  `$(calc.exe)`,
  "`calc.exe`",
  `$env:PATH %PATH% !x!`,
  `& | < > ^ ( )`,
  `--clean-rules`,
  `-e`,
  `中文 é 🚀`,
  `*`,
  `~`,
];

scenario("--elevate passes hostile values as they are, through PowerShell and wsl.exe", async (lab) => {
  const args = HOSTILE.map((value) => `--allow=${value}`);
  const { code, stderr } = await lab.wslfwd(["--elevate", ...args]).exit;
  same([code, stderr], [0, ""]);
  same(optionsOf((await launchOf(lab)).argv), HOSTILE.map((value) => `--allow=${value}`));
}, UNELEVATED);

scenario("--elevate takes the config file of the user with it, by its absolute path", async (lab) => {
  const home = "/run/guest/home of mia", uid = 1000, file = ".wsl_port_forwarding.json";
  const script =
    `mkdir -p "$1"; echo '{ "linger": 0 }' >"$1/${file}"; chown -R 1000:1000 "$1"; chmod 600 "$1/${file}"`;
  await lab.guest.run("/bin/sh", "-ec", script, "sh", home);
  const options: SpawnOptions = { uid, env: { HOME: home } };
  const { code, stderr } = await lab.wslfwd(["--elevate"], options).exit;
  same([code, stderr], [0, ""]);
  const launch = await launchOf(lab);
  same(optionsOf(launch.argv), [`--config=${home}/${file}`]);
  same(launch.argv.slice(0, 3), ["/usr/bin/env", "SUDO_UID=1000", "SUDO_GID=1000"]);
  // Root reads it there in the name of the user whose it is.
  await using _server = await lab.guest.listen(3000);
  const session = await lab.windows.openSession(4242, true);
  const elevated = lab.guest.spawn([...launch.argv, "--json"], {
    env: { WSL_INTEROP: session, ...sourceEnvironment() },
  });
  await elevated.waitForEvent("ready");
  await elevated.kill("SIGTERM");
  equal((await elevated.exit).code, 0);
}, UNELEVATED);

scenario(
  "--elevate works under sudo, and refuses a distro whose name wsl.exe would not take",
  async (lab) => {
    const env = { WSL_DISTRO_NAME: undefined };
    equal((await lab.wslfwd(["--elevate"], { env }).exit).code, 0);
    await lab.windows.set({ distro: "my distro" });
    const { code, stderr } = await lab.wslfwd(["--elevate"], { env }).exit;
    equal(code, 3);
    match(stderr, /Cannot tell the name of this distro/);
  },
  UNELEVATED,
);
