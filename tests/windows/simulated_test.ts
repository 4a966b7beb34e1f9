/** The contract suite against the simulated Windows, from its guest, as a user in WSL2 runs it. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { Lab } from "../simulated/lab.ts";
import { REPOSITORY } from "../simulated/namespaces.ts";
import { lacks } from "../contract/needs.ts";
import { findWriters } from "./facts/script.ts";
import { FACTS } from "./run_contract.ts";

/** What the simulated Windows has not learned: it refuses that, and the suite must say `otherwise` or that it cannot be. */
const NOT_SIMULATED: readonly string[] = [
  "portproxy-v4tov6",
  "portproxy-v6tov4",
  "portproxy-v6tov6",
  "protected-folder",
  "firewall-service-rule",
  "firewall-to-hyper-v",
  "paramchange",
  "com-rule",
  "csc",
];

/** What no suite can try, on whatever machine, or not from WSL2. */
const IMPOSSIBLE: readonly string[] = [
  "portproxy-taken-port",
  "portproxy-stopped-service",
  "firewall-lan",
  "task-at-logon",
  "interop-window",
];

for (const language of ["en", "zh"] as const) {
  Deno.test({
    name:
      `test:windows finds each fact on the simulated Windows in ${language}, writes what it saw, and leaves nothing`,
    ignore: lacks("root"),
    fn: async () => {
      await using lab = await Lab.start({ language });
      const foreign = {
        listenAddress: "127.0.0.1",
        listenPort: "8080",
        connectAddress: "10.1.2.3",
        connectPort: "80",
      };
      await lab.windows.putEntry(foreign);
      const program = lab.guest.spawn([
        Deno.execPath(),
        "run",
        "--allow-all",
        "--no-check",
        `${REPOSITORY}tests/windows/run_contract.ts`,
        "/run/guest/transcript.txt",
      ]);
      const { code, stdout, stderr } = await program.exit;
      const kinds = new Map(
        [...stdout.matchAll(/^(confirmed|otherwise|impossible) +([\w-]+): /gm)].map((
          [, kind, id],
        ) => [id!, kind!]),
      );
      same([...kinds.keys()], [...FACTS.map(({ id }) => id), "clean"], stderr);
      const wrong = [...kinds].filter(([id, kind]) =>
        !NOT_SIMULATED.includes(id) &&
        kind !== (IMPOSSIBLE.includes(id) ? "impossible" : "confirmed")
      );
      same(wrong, [], stdout);
      equal(code, [...kinds.values()].includes("otherwise") ? 1 : 0);
      const { entries, rules, tasks } = await lab.windows.state();
      same([entries.map(({ isListening: _, ...entry }) => entry), rules, tasks], [[foreign], [], []]);
      equal(await lab.windows.scriptFolder(), null, "its folder on Windows is gone");

      const transcript = (await lab.guest.spawn(["cat", "/run/guest/transcript.txt"]).exit).stdout;
      match(transcript, /^# test:windows, Windows .*, from WSL2, \d{4}-\d{2}-\d{2}$/m);
      match(transcript, /^\$ netsh\.exe interface portproxy show v4tov4$/m);
      for (const secret of ["10.1.2.3", "mia", "7f3k2ab", "1234567890"]) {
        ok(!transcript.includes(secret), secret);
      }
    },
  });
}

Deno.test({
  name: "test:windows changes nothing in a terminal that is not elevated, and says what to do",
  ignore: lacks("root"),
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
