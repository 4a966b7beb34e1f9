import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { diffRules } from "../../../src/plan/changes/diff_rules.ts";
import type { Operation } from "../../../src/plan/changes/operation.ts";
import { formatEntry } from "../../../src/plan/rules/entry.ts";
import { HostError } from "../../../src/contracts/host.ts";
import { SnapshotError } from "../../../src/contracts/snapshot_error.ts";
import { WindowsHost } from "../../../src/windows/portproxy/windows_host.ts";
import { WindowsReader } from "../../../src/windows/portproxy/windows_reader.ts";
import { claim, entry, entryIn, STRANGER } from "../plan/samples.ts";
import { FakePrograms, type Fault, OWNED } from "./fake_programs.ts";

const WEB = claim("0.0.0.0:80 -> 10.0.0.2:80"), SSH = claim("0.0.0.0:22 -> 10.0.0.2:22");
const FOREIGN = entry("0.0.0.0:8080 -> 192.168.7.7:80");
const MAKE_WEB = diffRules([WEB], { entries: [FOREIGN], claims: [] });

/** Runs it with a host that has a drive for scripts, and with one that has none. */
async function inBothModes(
  check: (host: WindowsHost, programs: FakePrograms, hasDrive: boolean) => Promise<void>,
) {
  for (const hasDrive of [true, false]) {
    const folder = hasDrive ? await Deno.makeTempDir() : null;
    try {
      const programs = new FakePrograms(folder);
      await check(new WindowsHost(programs, OWNED), programs, hasDrive);
    } finally {
      if (folder !== null) await Deno.remove(folder, { recursive: true });
    }
  }
}

Deno.test("WindowsHost.snapshot parts what is ours from what is not", async () => {
  const programs = new FakePrograms(null);
  programs.entries = [FOREIGN, entryIn(WEB), entryIn(SSH)];
  programs.claims = [WEB, claim("0.0.0.0:22 -> 10.0.0.2:22", STRANGER)];
  programs.listening = ["0.0.0.0:135 1044", "0.0.0.0:80 3412", "127.0.0.1:5432 77"];
  const snapshot = await new WindowsHost(programs, OWNED).snapshot();
  equal(snapshot.entries.length, 3);
  equal(snapshot.claims.map(({ name }) => name), [WEB.name]);
  equal(snapshot.foreign.map(formatEntry), [formatEntry(FOREIGN), formatEntry(entryIn(SSH))]);
  equal(snapshot.taken.map(({ port, pid }) => [port, pid]), [[135, 1044], [5432, 77]]);
  const { excluded: { tcp }, isForwarderRunning } = snapshot;
  equal([tcp[4].toString(), tcp[6].toString(), isForwarderRunning], ["5000-5009", "6000-6009", true]);
});

Deno.test("WindowsHost.snapshot takes nothing for reserved by IPv6 where Windows says nothing of it, or nobody wants it", async () => {
  const programs = new FakePrograms(null);
  programs.intercept = (call) => call.startsWith("netsh.exe interface ipv6") ? { exitCode: 1 } : null;
  const host = new WindowsHost(programs, OWNED);
  equal((await host.snapshot()).excluded.tcp[6].toString(), "");
  host.leaveOutIpv6();
  programs.calls.length = 0;
  await host.snapshot();
  equal(programs.calls.filter((call) => call.includes("ipv6")), []);
});

Deno.test("WindowsReader.readPorts: what a stopped IP Helper does not hold is taken", async () => {
  const programs = new FakePrograms(null);
  programs.helper = { state: 1, pid: 0 };
  const ports = await new WindowsReader(programs).readPorts();
  equal([ports.taken.length, ports.isForwarderRunning], [1, false]);
  equal(programs.calls, ["netstat.exe -ano", "sc.exe queryex iphlpsvc"]);
});

Deno.test("WindowsHost.snapshot rejects with SnapshotError whatever goes wrong with whichever program", async () => {
  const programs = [
    "netsh.exe interface portproxy",
    "reg.exe",
    "netsh.exe interface ipv4",
    "netstat.exe",
    "sc.exe",
  ];
  const faults: readonly Fault[] = [
    "start",
    "timeout",
    "abort",
    "output",
    { exitCode: 1 }, // WSL's relay, when interop is gone.
    { exitCode: 1, stderr: "<3>WSL (12) ERROR: UtilConnectUnix:498: connect failed 111" },
    { exitCode: 1, stdout: "Zugriff verweigert.\r\n" },
    { exitCode: 0, stdout: "" },
    { exitCode: 0, stdout: "garbage\r\n" },
    { exitCode: 137, stdout: "\r\n" },
    { exitCode: 1, stdout: "\r\nAccess is denied.\r\n", stderr: "x" },
  ];
  for (const program of programs) {
    for (const fault of faults) {
      const windows = new FakePrograms(null);
      windows.intercept = (call) => call.startsWith(program) ? fault : null;
      await rejects(
        new WindowsHost(windows, OWNED).snapshot(),
        (error) =>
          error instanceof SnapshotError && error.source === "windows" && !error.message.includes("\n"),
        `${program}: ${JSON.stringify(fault)}`,
      );
    }
  }
});

Deno.test("WindowsHost.snapshot takes no table from a netsh that failed: empty is not what it says then", async () => {
  for (const stdout of ["\r\n", "\r\n\r\n"]) {
    for (const exitCode of [1, 2, 143]) {
      const windows = new FakePrograms(null);
      windows.entries = [FOREIGN];
      windows.intercept = (call) => call.includes("portproxy show") ? { exitCode, stdout } : null;
      await rejects(new WindowsHost(windows, OWNED).snapshot(), SnapshotError);
    }
  }
});

Deno.test("WindowsHost.prefetch is taken by the next snapshot alone", async () => {
  const programs = new FakePrograms(null);
  const host = new WindowsHost(programs, OWNED);
  host.prefetch();
  await host.snapshot();
  equal(programs.calls.length, 6);
  await host.snapshot();
  equal(programs.calls.length, 12);
});

Deno.test("WindowsHost.prefetch that fails is heard of by whoever takes it, and by nobody else", async () => {
  const programs = new FakePrograms(null);
  const host = new WindowsHost(programs, OWNED);
  programs.intercept = () => "start";
  host.prefetch();
  await rejects(host.snapshot(), SnapshotError);
  programs.intercept = () => null;
  await host.snapshot();
});

Deno.test("WindowsHost.apply makes the changes and shows the table around them", async () => {
  await inBothModes(async (host, programs, hasDrive) => {
    programs.entries = [FOREIGN];
    const report = await host.apply(MAKE_WEB);
    equal(report.before, [FOREIGN]);
    equal(report.after, [FOREIGN, entryIn(WEB)]);
    equal(report.succeeded, true);
    equal(programs.claims.map(({ name }) => name), [WEB.name]);
    equal([programs.calls.length, programs.scripts.length], hasDrive ? [1, 1] : [4, 0]);
    if (hasDrive) equal([...Deno.readDirSync(`${programs.windowsFolder}/wslfwd`)], [], "the script is gone");
  });
});

Deno.test("WindowsHost.apply tells an empty table from a full one", async () => {
  await inBothModes(async (host, programs) => {
    const made = await host.apply(MAKE_WEB);
    equal([made.before, made.after], [[], [entryIn(WEB)]]);
    const gone = await host.apply(diffRules([], { entries: programs.entries, claims: programs.claims }));
    equal([gone.before, gone.after, gone.succeeded], [[entryIn(WEB)], [], true]);
  });
});

Deno.test("WindowsHost.apply goes on after a line that fails, and says so", async () => {
  await inBothModes(async (host, programs) => {
    programs.entries = [FOREIGN];
    const missing: Operation = { kind: "delete-entry", entry: entry("0.0.0.0:9 -> 10.0.0.2:9") };
    const report = await host.apply([missing, ...MAKE_WEB]);
    equal([report.succeeded, report.after], [false, [FOREIGN, entryIn(WEB)]]);
  });
});

Deno.test("WindowsHost.apply says what is not known to have happened", async () => {
  type Row = readonly [Fault, boolean];
  const rows: readonly Row[] = [
    ["start", false],
    ["timeout", true],
    ["abort", true],
    ["output", true],
    // Its session ended: before netsh began, or while it was at work.
    [{ exitCode: 1 }, true],
    [{ exitCode: 1, stderr: "ERROR: UtilConnectUnix: connect failed" }, true],
    [{ exitCode: 0, stdout: "garbage ipv4 ipv4\r\n---- ---- ---- ----\r\nx y\r\n\r\n" }, false],
  ];
  await inBothModes(async (host, programs, hasDrive) => {
    for (const [fault, mayStillHappen] of rows) {
      programs.entries = [FOREIGN];
      programs.intercept = () => fault;
      await rejects(
        host.apply(MAKE_WEB),
        (error) =>
          error instanceof HostError && error.operation === "netsh" &&
          error.mayStillHappen === mayStillHappen &&
          error.isRetriable && !error.message.includes("\n"),
        JSON.stringify(fault),
      );
      // Only of a netsh that did not even start it is known that nothing has to be put right.
      const path = `${programs.windowsFolder}/wslfwd`;
      const scripts = hasDrive ? [...Deno.readDirSync(path)] : [];
      equal(scripts.length, hasDrive && fault !== "start" ? 1 : 0);
      for (const { name } of scripts) await Deno.remove(`${path}/${name}`);
    }
  });
});

Deno.test("WindowsHost.apply: a netsh that a signal ended may still be at work, whatever it printed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const programs = new FakePrograms(folder);
    const stdout = "garbage ipv4 ipv4\r\n---- ---- ---- ----\r\nx y\r\n\r\n";
    programs.intercept = () => ({ exitCode: 128 + 9, stdout });
    const applying = new WindowsHost(programs, OWNED).apply(MAKE_WEB);
    await rejects(applying, (error) => error instanceof HostError && error.mayStillHappen);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("WindowsHost keeps the script of a netsh that was cut off until the last of its entries is seen", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const programs = new FakePrograms(folder);
    programs.intercept = (call) => call.includes(" -f ") ? "timeout" : null;
    const host = new WindowsHost(programs, OWNED);
    await rejects(host.apply(diffRules([WEB, SSH], { entries: [], claims: [] })), HostError);
    const counts: number[] = [];
    for (const entries of [[entryIn(WEB)], [entryIn(WEB), entryIn(SSH)]]) {
      programs.entries = entries;
      await host.snapshot();
      await host.removeScripts();
      counts.push([...Deno.readDirSync(folder)].length);
    }
    equal(counts, [1, 0]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("WindowsHost.apply without a script: a netsh that ends half way may still be at work", async () => {
  for (
    const [failing, fault] of [["add v4tov4", "timeout"], ["show all", "timeout"], [
      "add rule",
      "abort",
    ]] as const
  ) {
    const programs = new FakePrograms(null);
    programs.intercept = (call) => call.includes(failing) ? fault : null;
    await rejects(
      new WindowsHost(programs, OWNED).apply(MAKE_WEB),
      (error) => error instanceof HostError && error.mayStillHappen,
    );
  }
});

Deno.test("WindowsHost.apply makes no entry whose claim was refused, where it makes one change after the other", async () => {
  const programs = new FakePrograms(null);
  programs.entries = [FOREIGN];
  programs.refusedLines = "advfirewall firewall add";
  const { succeeded, after } = await new WindowsHost(programs, OWNED).apply(MAKE_WEB);
  equal([succeeded, after, programs.claims], [false, [FOREIGN], []]);
});

Deno.test("WindowsHost keeps a script that failed until a change works, and a later run reads what it claimed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const programs = new FakePrograms(folder);
    const scripts = () => [...Deno.readDirSync(`${folder}/wslfwd`)].length;
    const first = new WindowsHost(programs, OWNED);
    programs.entries = [FOREIGN];
    programs.refusedLines = "advfirewall firewall add";
    equal((await first.apply(MAKE_WEB)).after, [FOREIGN, entryIn(WEB)]);
    equal(scripts(), 1);

    const second = new WindowsHost(programs, OWNED);
    equal((await second.snapshot()).unfinished, [], "the first may still see to it");
    second.takeOver();
    const { unfinished, foreign } = await second.snapshot();
    equal(unfinished.map(({ name, rules }) => [name, rules]), [[WEB.name, WEB.rules]]);
    equal(foreign, [FOREIGN, entryIn(WEB)]);
    equal((await second.snapshot()).unfinished, [], "told once");
    equal(scripts(), 1, "it is not put right yet");
    programs.refusedLines = null;
    await second.apply([{ kind: "delete-entry", entry: entryIn(WEB) }]);
    equal([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("WindowsHost keeps the script of a netsh that was cut off until its entries are seen, or ten minutes", async () => {
  for (const end of ["seen", "old", "removing"] as const) {
    const folder = await Deno.makeTempDir();
    try {
      const programs = new FakePrograms(folder);
      const scripts = () => [...Deno.readDirSync(`${folder}/wslfwd`)].map(({ name }) => name);
      programs.intercept = (call) => call.includes(" -f ") ? "timeout" : null;
      const first = new WindowsHost(programs, OWNED);
      const remove = diffRules([], { entries: [], claims: [SSH] });
      await rejects(first.apply(end === "removing" ? remove : MAKE_WEB), HostError);
      await first.removeScripts();
      equal([...Deno.readDirSync(folder)].length, end === "removing" ? 0 : 1);
      if (end === "removing") continue; // What is only removed needs nobody who knows it for ours.

      const second = new WindowsHost(programs, OWNED);
      second.takeOver();
      equal((await second.snapshot()).unfinished.length, 1);
      await second.removeScripts();
      equal(scripts().length, 1);

      if (end === "seen") programs.entries = [entryIn(WEB)];
      else await Deno.utime(`${folder}/wslfwd/${scripts()[0]}`, 0, Date.now() / 1000 - 601);
      const third = new WindowsHost(programs, OWNED);
      third.takeOver();
      equal((await third.snapshot()).unfinished.length, 1);
      await third.removeScripts();
      equal([...Deno.readDirSync(folder)], []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("WindowsHost.apply refuses words that netsh must not get, before anything is run", async () => {
  await inBothModes(async (host, programs) => {
    const hostile: Operation = { kind: "add-entry", entry: entry("0.0.0.0:80 -> a_b:80") };
    await rejects(host.apply([...MAKE_WEB, hostile]), RangeError);
    equal([programs.calls, programs.entries, programs.claims], [[], [], []]);
  });
});

Deno.test("WindowsHost.apply does without a script where the folder cannot be had", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // In its place stands a file; a link; nothing that could be written to.
    const ways: readonly (() => Promise<void>)[] = [
      () => Deno.writeTextFile(`${folder}/wslfwd`, "mine"),
      () => Deno.symlink("/tmp", `${folder}/wslfwd`),
      () => Deno.symlink("/does/not/exist", `${folder}/wslfwd`),
    ];
    for (const way of ways) {
      await way();
      const programs = new FakePrograms(folder);
      programs.entries = [FOREIGN];
      const { succeeded } = await new WindowsHost(programs, OWNED).apply(MAKE_WEB);
      equal([succeeded, programs.scripts.length, programs.calls.length], [true, 0, 4]);
      await Deno.remove(`${folder}/wslfwd`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("WindowsHost.apply writes scripts into a folder for itself alone, each under a name of its own", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const programs = new FakePrograms(folder);
    const host = new WindowsHost(programs, OWNED);
    const paths: string[] = [];
    programs.intercept = (call) => {
      paths.push(call);
      equal(Deno.statSync(`${folder}/wslfwd`).mode! & 0o777, 0o700);
      return null;
    };
    await host.apply(MAKE_WEB);
    await host.apply(diffRules([], { entries: programs.entries, claims: programs.claims }));
    equal([new Set(paths).size, paths.length], [2, 2]);
    await host.removeScripts();
    equal([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("WindowsHost.apply makes 400 ports by one netsh", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const programs = new FakePrograms(folder);
    const claims = Array.from({ length: 400 }, (_, i) => claim(`0.0.0.0:${i + 1} -> 10.0.0.2:${i + 1}`));
    const { after } = await new WindowsHost(programs, OWNED).apply(
      diffRules(claims, { entries: [], claims: [] }),
    );
    equal([after.length, programs.calls.length], [400, 1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
