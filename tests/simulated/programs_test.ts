import assert from "node:assert/strict";
import { runHere, windowsWithoutSockets } from "./in_process.ts";
import { encodeConsole } from "./windows/code_pages.ts";
import { TEXTS } from "./windows/texts.ts";

const RULES =
  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules";

Deno.test("reg.exe finds firewall rules by what their text holds", async () => {
  const machine = windowsWithoutSockets();
  const search = () => runHere(machine, "reg.exe", "query", RULES, "/f", "wslfwd", "/d");
  assert.deepEqual(await search(), { exitCode: 1, stdout: "End of search: 0 match(es) found.\r\n" });
  const words = "name=wslfwd-3000 dir=in action=allow protocol=TCP localport=3000,4000-4010 " +
    "profile=private,domain remoteip=localsubnet,10.0.0.0/8 description=wslfwd/1;x";
  await runHere(machine, "netsh.exe", "advfirewall", "firewall", "add", "rule", ...words.split(" "));
  const found = await search();
  assert(found !== "refused" && found.exitCode === 0);
  const [, title, row, , summary] = found.stdout.split("\r\n");
  assert.equal(title, RULES.replace("HKLM", "HKEY_LOCAL_MACHINE"));
  assert.match(row!, /^ {4}\{[0-9A-F-]{36}\} {4}REG_SZ {4}v2\.31\|/);
  assert.equal(
    row!.slice(row!.indexOf("v2.31")),
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=3000|" +
      "LPort2_10=4000-4010|RA4=LocalSubnet|RA6=LocalSubnet|RA4=10.0.0.0/255.0.0.0|Name=wslfwd-3000|Desc=wslfwd/1;x|",
  );
  assert.equal(summary, "End of search: 1 match(es) found.");
});

Deno.test("reg.exe shuffles the parts of a rule where told to, and keeps every one", async () => {
  const machine = windowsWithoutSockets();
  const add = "advfirewall firewall add rule name=wslfwd dir=in action=allow protocol=TCP localport=1";
  await runHere(machine, "netsh.exe", ...add.split(" "));
  const read = async () => {
    const found = await runHere(machine, "reg.exe", "query", RULES);
    assert(found !== "refused");
    return found.stdout.split("|").slice(1, -1);
  };
  const straight = await read();
  machine.turn({ shufflesRegistry: true });
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const parts = await read();
    seen.add(parts.join());
    assert.deepEqual(parts.sort(), [...straight].sort());
  }
  assert(seen.size > 1);
});

Deno.test("reg.exe shows portproxy entries, once there has been one", async () => {
  const machine = windowsWithoutSockets();
  const key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\PortProxy";
  const before = await runHere(machine, "reg.exe", "query", key, "/s");
  assert(before !== "refused" && before.exitCode === 1);
  machine.putEntry({
    listenAddress: "0.0.0.0",
    listenPort: "3000",
    connectAddress: "172.23.21.232",
    connectPort: "80",
  });
  const after = await runHere(machine, "reg.exe", "query", key, "/s");
  assert(after !== "refused");
  assert.match(after.stdout, /\r\n {4}0\.0\.0\.0\/3000 {4}REG_SZ {4}172\.23\.21\.232\/80\r\n/);
});

Deno.test("whoami.exe tells the user and the integrity level, in any language", async () => {
  const machine = windowsWithoutSockets();
  for (const language of ["en", "de"] as const) {
    for (const [isElevated, level] of [[true, "S-1-16-12288"], [false, "S-1-16-8192"]] as const) {
      machine.turn({ isElevated, language });
      const answer = await runHere(machine, "whoami.exe", "/user", "/groups");
      assert(answer !== "refused");
      assert(answer.stdout.includes(`Label            ${level}\r\n`), answer.stdout);
      assert(answer.stdout.includes(machine.switches.sid));
    }
  }
});

Deno.test("sc.exe tells IP Helper's state and pid by number", async () => {
  const machine = windowsWithoutSockets();
  const stopped = await runHere(machine, "sc.exe", "query", "iphlpsvc");
  assert(stopped !== "refused" && / : 1 {2}STOPPED /.test(stopped.stdout), JSON.stringify(stopped));
  machine.turn({ ipHelper: "running", language: "de" });
  const running = await runHere(machine, "sc.exe", "queryex", "iphlpsvc");
  assert(running !== "refused" && / : 4 {2}RUNNING /.test(running.stdout), JSON.stringify(running));
  assert(running.stdout.includes(`PID                : ${machine.portproxy.pid}\r\n`));
});

Deno.test("Programs refuse arguments that facts/windows.md does not name", async () => {
  const machine = windowsWithoutSockets();
  for (
    const line of [
      "reg.exe delete HKLM",
      "reg.exe query HKCU",
      "netstat.exe -an",
      "route.exe print",
      "sc.exe delete iphlpsvc",
      "whoami.exe",
      "whoami.exe /all",
      "net.exe user",
      "powershell.exe -Command Get-Process",
      "wslinfo --version",
      "wslpath C:\\",
      "cmd.exe /c dir",
    ]
  ) assert.equal(await runHere(machine, line.split(" ")[0]!, ...line.split(" ").slice(1)), "refused", line);
});

Deno.test("What reg.exe writes is shown by netsh and told to nobody; without rights it writes nothing, nor does sc.exe", async () => {
  const machine = windowsWithoutSockets(),
    key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\PortProxy\\v4tov4\\tcp";
  const exit = async (...words: string[]) => {
    const answer = await runHere(machine, words[0]!, ...words.slice(1));
    return answer === "refused" ? answer : answer.exitCode;
  };
  const add = () =>
    exit(..."reg.exe add".split(" "), key, ..."/v 0.0.0.0/1 /t REG_SZ /d 10.1.2.3/2 /f".split(" "));
  const remove = () => exit("reg.exe", "delete", key, ..."/v 0.0.0.0/1 /f".split(" "));
  machine.turn({ isElevated: false });
  assert.deepEqual([await add(), await remove(), await exit("sc.exe", "start", "iphlpsvc")], [1, 1, 5]);
  assert.deepEqual(machine.entries, []);
  machine.turn({ isElevated: true });
  assert.equal(await add(), 0);
  const shown = await runHere(machine, "netsh.exe", "interface", "portproxy", "show", "v4tov4");
  assert(shown !== "refused" && /^0\.0\.0\.0 +1 +10\.1\.2\.3 +2 *\r$/m.test(shown.stdout));
  assert.deepEqual(machine.state.entries.map(({ isListening }) => isListening), [false]);
  assert.deepEqual([await remove(), await remove()], [0, 1]);
  // ERROR_SERVICE_NOT_ACTIVE, 1062: of which interop passes on the low 8 bits.
  assert.equal(await exit("sc.exe", "control", "iphlpsvc", "paramchange"), 1062 & 0xff);
});

Deno.test("encodeConsole writes what the console's code page reads", () => {
  assert.deepEqual(
    new TextDecoder("gbk").decode(encodeConsole(TEXTS.zh.needsElevation, "zh")),
    TEXTS.zh.needsElevation,
  );
  assert.deepEqual(
    new TextDecoder("shift_jis").decode(encodeConsole(TEXTS.ja.portproxyTitle, "ja")),
    TEXTS.ja.portproxyTitle,
  );
  assert.deepEqual([...encodeConsole("Abhören", "de")], [65, 98, 104, 0x94, 114, 101, 110]);
  for (const language of ["zh", "ja", "de", "pt"] as const) {
    for (const text of Object.values(TEXTS[language])) {
      assert(!encodeConsole(text, language).includes(0x3f), `${language}: ${text}`);
    }
  }
});
