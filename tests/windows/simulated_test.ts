/** The contract suite against the simulated Windows, from its guest, as a user in WSL2 runs it. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { Lab } from "../simulated/lab.ts";
import { REPOSITORY } from "../simulated/namespaces.ts";
import { lacks } from "../contract/needs.ts";
import { lacksProgram } from "../build/lacks_program.ts";
import { findWriters } from "./facts/script.ts";
import type { Switches } from "../simulated/windows/model.ts";
import { FACTS } from "./run_contract.ts";

/** What no suite can try, on whatever machine, or not from WSL2. */
const IMPOSSIBLE: readonly string[] = [
  "firewall-lan",
  "task-at-logon",
  "interop-window",
];

/** The compiler of the simulated Windows is Mono's. */
const ignore = lacks("root") || lacksProgram("/usr/bin/mcs", "mono-mcs");

/** A Windows on which all is otherwise that has a switch, and what the suite must find to be so. */
const OTHER: Partial<Switches> = {
  addOnExisting: "refuses",
  failedScriptExits: 0,
  followsRegistry: false,
  takesServiceRules: false,
  copiesRulesToHyperV: false,
  hasCompiler: false,
  constrainsPowershell: true,
  sharesProtectedFolder: true,
  afterKilledClient: "goes-on",
};
const OTHERWISE: readonly string[] = [
  "portproxy-v4tov4",
  "portproxy-v4tov6",
  "portproxy-v6tov4",
  "portproxy-v6tov6",
  "script-goes-on",
  "protected-folder",
  "firewall-service-rule",
  "firewall-to-hyper-v",
  "language-mode",
  "interop-kill",
  "paramchange",
  "csc",
  "helper",
];

/** Runs the suite in the guest; what it said of each fact, by their order. */
async function runSuite(lab: Lab) {
  const words = ["run", "--allow-all", "--no-check", `${REPOSITORY}tests/windows/run_contract.ts`];
  const program = lab.guest.spawn([
    Deno.execPath(),
    ...words,
    "--stop-services",
    "/run/guest/transcript.txt",
  ]);
  const { code, stdout, stderr } = await program.exit;
  const lines = stdout.matchAll(/^(confirmed|otherwise|impossible) +([\w-]+): /gm);
  const kinds = new Map([...lines].map(([, kind, id]) => [id!, kind!]));
  same([...kinds.keys()], [...FACTS.map(({ id }) => id), "clean"], stdout + stderr);
  return { code, stdout, kinds };
}

for (const language of ["en", "zh"] as const) {
  Deno.test({
    name:
      `test:windows finds each fact on the simulated Windows in ${language}, writes what it saw, and leaves nothing`,
    ignore,
    fn: async () => {
      await using lab = await Lab.start({ language, afterKilledClient: "stops" });
      const foreign = {
        listenAddress: "127.0.0.1",
        listenPort: "8080",
        connectAddress: "10.1.2.3",
        connectPort: "80",
      };
      await lab.windows.putEntry(foreign);
      const { code, stdout, kinds } = await runSuite(lab);
      const wrong = [...kinds].filter(([id, kind]) =>
        kind !== (IMPOSSIBLE.includes(id) ? "impossible" : "confirmed")
      );
      same(wrong, [], stdout);
      equal(code, 0);
      const { entries, rules, tasks, refusals } = await lab.windows.state();
      same([entries.map(({ isListening: _, ...entry }) => entry), rules, tasks], [[foreign], [], []]);
      same(refusals, []);
      equal(await lab.windows.scriptFolder(), null, "its folder on Windows is gone");

      const transcript = (await lab.guest.spawn(["cat", "/run/guest/transcript.txt"]).exit).stdout;
      match(transcript, /^# test:windows, Windows 10\.0\.0\.0, \w\w-\w\w, from WSL2, \d{4}-\d{2}-\d{2}$/m);
      match(transcript, /^\$ netsh\.exe interface portproxy show v4tov4$/m);
      for (const secret of ["10.1.2.3", "mia", "7f3k2ab", "1234567890"]) {
        ok(!transcript.includes(secret), secret);
      }
    },
  });
}

Deno.test({
  name: "test:windows finds what is otherwise on a Windows that is so, and leaves nothing there either",
  ignore,
  fn: async () => {
    await using lab = await Lab.start(OTHER);
    const { code, stdout, kinds } = await runSuite(lab);
    same([...kinds].filter(([, kind]) => kind === "otherwise").map(([id]) => id), OTHERWISE, stdout);
    equal(code, 1);
    const { entries, rules, tasks } = await lab.windows.state();
    same([entries, rules, tasks], [[], [], []]);
  },
});

Deno.test({
  name: "test:windows changes nothing in a terminal that is not elevated, and says what to do",
  ignore,
  fn: async () => {
    await using lab = await Lab.start({ isElevated: false });
    const words = ["run", "--allow-all", "--no-check", `${REPOSITORY}tests/windows/run_contract.ts`];
    const { code, stderr } = await lab.guest.spawn([Deno.execPath(), ...words, "/run/guest/transcript.txt"])
      .exit;
    equal(code, 2);
    match(stderr, /open one with `Run as administrator`/);
    const programs = new Set((await lab.windows.calls()).map(({ program }) => program));
    same([...programs].sort(), ["net.exe", "wslpath"]);
  },
});

Deno.test("findWriters names those who may write, by letters and by bits", () => {
  const of = (...entries: string[]) =>
    findWriters(`O:BAG:DUD:AI${entries.map((each) => `(${each})`).join("")}`);
  same(of("A;OICIID;FA;;;SY", "A;OICIID;0x1200a9;;;BU", "A;ID;0x1301bf;;;AU", "D;;FA;;;WD"), ["SY", "AU"]);
  same(of("A;OICI;FRFX;;;BU", "A;OICI;FRFW;;;IU"), ["IU"]);
  equal(findWriters("Access is denied."), null);
});
