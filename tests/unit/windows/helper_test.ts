import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { CommandResult } from "../../../src/process/command.ts";
import { startProcess } from "../../../src/process/start_process.ts";
import { Helper, type HelperState } from "../../../src/windows/helper/helper.ts";
import type { ResidentPrograms } from "../../../src/wsl/windows_programs.ts";

/** A Windows folder with a compiler in it, whose programs are shell scripts. */
class FakeWindows implements ResidentPrograms {
  readonly windowsFolder = Deno.makeTempDirSync();
  /** Every program that was run, and whether its source was there then. */
  readonly runs: string[] = [];
  /** Which compilers make a program. */
  working: readonly string[] = ["csc.exe", "powershell.exe"];
  /** What the helper does after its greeting. */
  script = "read _";

  constructor() {
    const folder = `${this.windowsFolder}/Microsoft.NET/Framework64/v4.0.30319`;
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(`${folder}/csc.exe`, "");
  }

  async run(
    name: string,
    args: readonly string[],
    _timeoutMs: number,
    _signal?: AbortSignal,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    const program = name.slice(name.lastIndexOf("/") + 1);
    this.runs.push(`${program} ${variables["TEMP"]}`);
    const works = this.working.includes(program);
    if (works) {
      const source = this.list().find((file) => file.endsWith(".cs"))!;
      const path = `${this.windowsFolder}/wslfwd/${source.replace(".cs", ".exe")}`;
      await Deno.writeTextFile(path, `#!/bin/sh\necho "helper 1 $$"\n${this.script}\n`, { mode: 0o700 });
    }
    const stdout = works ? "" : "C:\\x.cs(1,2): error CS0246: missing\r\n";
    return {
      argv: [name, ...args],
      exitCode: works ? 0 : 1,
      stdout: new TextEncoder().encode(stdout),
      stderr: new Uint8Array(),
      durationMs: 0,
    };
  }

  start(name: string, args: readonly string[], options: Parameters<ResidentPrograms["start"]>[2]) {
    return startProcess("/bin/sh", [`${this.windowsFolder}/${name.slice(3)}`, ...args], {
      ...options,
      hasInput: true,
    });
  }

  /** The files in the protected folder. */
  list(): string[] {
    try {
      return [...Deno.readDirSync(`${this.windowsFolder}/wslfwd`)].map(({ name }) => name);
    } catch {
      return [];
    }
  }
}

/** Runs a helper until it is in a state for the nth time; what came before, too. */
async function watchHelper(
  windows: FakeWindows,
  use: (until: (kind: HelperState["kind"], nth: number) => Promise<HelperState>) => Promise<void>,
): Promise<void> {
  const states: HelperState[] = [];
  let tell = () => {};
  const helper = new Helper(windows, "0a1b2c3d", {
    onState: (state) => {
      states.push(state);
      tell();
    },
    onEvent: () => {},
  });
  helper.start();
  try {
    await use(async (kind, nth) => {
      for (;;) {
        const found = states.filter((state) => state.kind === kind)[nth - 1];
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => tell = resolve);
      }
    });
  } finally {
    await helper.close();
    equal(windows.list(), [], "nothing of it stays");
    await Deno.remove(windows.windowsFolder, { recursive: true });
  }
}

Deno.test("Helper compiles once, in the protected folder, and removes its files at the end", async () => {
  const windows = new FakeWindows();
  await watchHelper(windows, async (until) => {
    await until("running", 1);
    equal(windows.runs, ["csc.exe C:\\Windows\\wslfwd"]);
    const names = windows.list().sort();
    match(names.join(" "), /^(helper-0a1b2c3d-[0-9a-f]{12}-[0-9a-f]{8})\.cs \1\.exe$/);
  });
});

Deno.test("Helper is started again when it ends, without being compiled again", async () => {
  const windows = new FakeWindows();
  windows.script = "exit 3";
  await watchHelper(windows, async (until) => {
    await until("running", 3);
    const failed = await until("failed", 2);
    match((failed as { reason: string }).reason, /ended with 3/);
    equal(windows.runs.length, 1);
  });
});

Deno.test("Helper does not start a program that is not the one that was compiled", async () => {
  const windows = new FakeWindows();
  windows.script = "read _; exit 0";
  await watchHelper(windows, async (until) => {
    const { pid } = await until("running", 1) as { pid: number };
    const name = windows.list().find((file) => file.endsWith(".exe"));
    await Deno.writeTextFile(`${windows.windowsFolder}/wslfwd/${name}`, "echo helper 1 666; read _");
    Deno.kill(pid, "SIGKILL");
    const second = await until("running", 2) as { pid: number };
    equal(second.pid === 666, false);
    equal(windows.runs.length, 2);
  });
});

Deno.test("Helper falls back on PowerShell, and gives up with the reasons of both", async () => {
  const windows = new FakeWindows();
  windows.working = ["powershell.exe"];
  await watchHelper(windows, async (until) => {
    await until("running", 1);
    equal(windows.runs.map((run) => run.split(" ")[0]), ["csc.exe", "powershell.exe"]);
  });
  const refusing = new FakeWindows();
  refusing.working = [];
  await watchHelper(refusing, async (until) => {
    const state = await until("failed", 3) as HelperState & { kind: "failed" };
    equal(state.isFinal, true);
    match(state.reason, /^csc\.exe ended with 1 \(.*error CS0246.*\); powershell\.exe ended with 1/);
  });
});

Deno.test("Helper whose program speaks another version is ended and said so", async () => {
  const windows = new FakeWindows();
  windows.script = "echo helper 2 77; read _";
  await watchHelper(windows, async (until) => {
    match((await until("failed", 1) as { reason: string }).reason, /version 2, not 1/);
  });
});
