/** What a helper that stays resident on Windows would build on (facts of the helper). */
import { curlWords, parseCurlConnect } from "../../../src/windows/run/curl_connect.ts";
import { compileHelper } from "../../../src/windows/helper/compile_helper.ts";
import { HelperFolder } from "../../../src/windows/helper/helper_files.ts";
import { confirmed, type Fact, impossible, judge, otherwise } from "../fact.ts";
import { OWNER } from "../samples.ts";
import type { World } from "../world.ts";

const KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\PortProxy\\v4tov4\\tcp";

/** How often is looked whether IP Helper has noticed; each look is a start of curl. */
const LOOKS = 20;

async function connects(world: World, port: number, wanted: boolean): Promise<number | null> {
  const started = performance.now();
  for (let look = 0; look < LOOKS; look++) {
    const { exitCode, stdout } = await world.run("curl.exe", ...curlWords("127.0.0.1", port));
    if (exitCode !== null && parseCurlConnect(stdout) === wanted) return performance.now() - started;
  }
  return null;
}

/** Adds and removes one rule by COM, and prints how long each took. */
function comScript(name: string, port: number): string {
  return `$p = New-Object -ComObject HNetCfg.FwPolicy2; $r = New-Object -ComObject HNetCfg.FWRule; ` +
    `$r.Name = '${name}'; $r.Protocol = 6; $r.LocalPorts = '${port}'; $r.Profiles = 2; $r.Enabled = $true; ` +
    `$r.Action = 1; $a = Measure-Command { $p.Rules.Add($r) }; $d = Measure-Command { $p.Rules.Remove('${name}') }; ` +
    `[int]$a.TotalMilliseconds; [int]$d.TotalMilliseconds`;
}

/** Of the helper's list. */
export const FAST_FACTS: readonly Fact[] = [
  {
    id: "paramchange",
    claim:
      "an entry that is written to the registry is in force after `sc control iphlpsvc paramchange`, and gone so, too",
    attempt: async (world) => {
      const port = await world.sparePort(), value = `127.0.0.1/${port}`;
      using server = world.serve();
      world.undo("sc.exe", "control", "iphlpsvc", "paramchange");
      world.undo("reg.exe", "delete", KEY, "/v", value, "/f");
      const data = `${server.address}/${server.port}`;
      const written = await world.run("reg.exe", "add", KEY, "/v", value, "/t", "REG_SZ", "/d", data, "/f");
      if (written.exitCode !== 0) return impossible(`reg.exe does not write there: exit ${written.exitCode}`);
      const told = await world.run("sc.exe", "control", "iphlpsvc", "paramchange");
      const opened = await connects(world, port, true);
      await world.run("reg.exe", "delete", KEY, "/v", value, "/f");
      await world.run("sc.exe", "control", "iphlpsvc", "paramchange");
      const closed = await connects(world, port, false);
      const ms = (time: number | null) => time === null ? "never" : `${time.toFixed(0)} ms`;
      return judge({
        "told with 0": told.exitCode === 0,
        "open": opened !== null,
        "led to the target": await server.connected(),
        "closed": closed !== null,
      }, `open after ${ms(opened)}, closed after ${ms(closed)}, a start of curl among it`);
    },
  },
  {
    id: "com-rule",
    claim: "COM makes and removes a rule of the firewall in milliseconds",
    attempt: async (world) => {
      const port = await world.sparePort(), name = `wslfwd-contract-${port}`;
      world.undo("netsh.exe", "advfirewall", "firewall", "delete", "rule", `name=${name}`);
      const { exitCode, stdout } = await world.powershell(comScript(name, port));
      const times = stdout.trim().split(/\s+/).map(Number);
      if (exitCode !== 0 || times.length !== 2 || times.some(Number.isNaN)) {
        return impossible(`exit ${exitCode}`);
      }
      const seen = `${times[0]} ms to add, ${times[1]} ms to remove`;
      return times.every((time) => time < 100) ? confirmed(seen) : otherwise(seen);
    },
  },
  {
    id: "csc",
    claim: "the compiler of .NET Framework 4 is there and starts",
    attempt: async (world) => {
      const { exitCode, stdout, durationMs } = await world.run(
        "../Microsoft.NET/Framework64/v4.0.30319/csc.exe",
        "/help",
      );
      if (exitCode === null) return otherwise(stdout);
      return exitCode === 0 ? confirmed(`${durationMs.toFixed(0)} ms`) : otherwise(`exit ${exitCode}`);
    },
  },
  {
    id: "helper",
    claim: "wslfwd's own program is compiled there, starts, says who it is, and ends with its input",
    attempt: async (world) => {
      const folder = new HelperFolder(world.programs.windowsFolder!, OWNER);
      try {
        const started = performance.now(), { program } = await compileHelper(world.programs, folder);
        const compiledMs = performance.now() - started;
        // Its input is at its end from the beginning.
        const { exitCode, stdout, durationMs } = await world.run(program);
        const seen = `${compiledMs.toFixed(0)} ms to compile, ${durationMs.toFixed(0)} ms to run`;
        return judge(
          { "ended": exitCode !== null, "said who it is": /^helper \d+ \d+\n/.test(stdout) },
          seen,
        );
      } finally {
        await folder.clear();
      }
    },
  },
];
