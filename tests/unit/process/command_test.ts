import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import {
  CommandError,
  type CommandOptions,
  endProcess,
  messageOf,
  runCommand,
} from "../../../src/process/command.ts";

/** Runs a shell script that the test wrote. */
function sh(script: string, options: Partial<CommandOptions> = {}, ...args: readonly string[]) {
  return runCommand("/bin/sh", ["-c", script, "sh", ...args], { timeoutMs: 20_000, ...options });
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const reasonIs = (reason: CommandError["reason"]) => (error: unknown) =>
  error instanceof CommandError && error.reason === reason && !error.message.includes("\n");

/** Whether a process is there and is not waiting to be buried. */
function isAlive(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

Deno.test("runCommand resolves with whatever exit status, and both outputs undecoded", async () => {
  const result = await sh("printf 'out\\377'; printf err >&2; exit 7");
  equal([result.exitCode, [...result.stdout.slice(-1)], text(result.stderr)], [7, [0xff], "err"]);
  equal(result.argv.slice(0, 2), ["/bin/sh", "-c"]);
  ok(result.durationMs >= 0);
  equal((await sh("exit 0")).stdout.length, 0);
  equal((await sh("exit 255")).exitCode, 255);
});

Deno.test("runCommand gives 128 + n for a program that a signal ended", async () => {
  equal((await sh("kill -9 $$")).exitCode, 137);
  equal((await sh("kill -15 $$")).exitCode, 143);
});

Deno.test("runCommand passes arguments as they are", async () => {
  const hostile = ["a b", "$(id)", "`id`", "", "*", "'", '"', "\n", "-n", "é", "\\"];
  const { stdout } = await sh('for a in "$@"; do printf "%s\\0" "$a"; done', {}, ...hostile);
  equal(text(stdout).split("\0").slice(0, -1), hostile);
});

Deno.test("runCommand gives exactly the environment that it is told", async () => {
  const { stdout } = await runCommand("/usr/bin/env", [], { timeoutMs: 20_000, env: { ONLY: "this one" } });
  equal(text(stdout), "ONLY=this one\n");
  const { stdout: none } = await runCommand("/usr/bin/env", [], { timeoutMs: 20_000, env: {} });
  equal(text(none), "");
});

Deno.test("runCommand runs in the working directory that it is told, with nothing on stdin", async () => {
  const { stdout } = await sh("pwd; wc -c", { cwd: "/usr" });
  equal(text(stdout).split("\n").slice(0, 2), ["/usr", "0"]);
});

Deno.test("runCommand starts a session of its own: a Ctrl-C in our terminal does not reach it", async () => {
  const { stdout } = await sh("cat /proc/self/stat; echo $$");
  const [stat, pid] = text(stdout).trim().split("\n");
  const [, , group, session] = stat!.slice(stat!.lastIndexOf(")") + 2).split(" ");
  equal([group, session], [pid, pid]);
});

Deno.test("runCommand ends a program that takes too long", async () => {
  await rejects(sh("echo $$; exec sleep 60", { timeoutMs: 100 }), reasonIs("timeout"));
});

/** Resolves when a script has written a whole line into the file. */
async function written(file: string): Promise<void> {
  const watcher = Deno.watchFs(file);
  if (!Deno.readTextFileSync(file).endsWith("\n")) {
    for await (const _ of watcher) if (Deno.readTextFileSync(file).endsWith("\n")) return;
  }
  watcher.close();
}

Deno.test("runCommand kills a program that ignores SIGTERM, and what it started", async () => {
  const file = await Deno.makeTempFile(), abort = new AbortController();
  try {
    // The second sleep holds our pipe: nobody waits for it.
    const script = 'trap "" TERM; sleep 61 & echo $$ $! > "$1"; while :; do sleep 62; done';
    const running = rejects(sh(script, { signal: abort.signal }, file), reasonIs("abort"));
    await written(file);
    abort.abort();
    await running;
    const pids = (await Deno.readTextFile(file)).trim().split(" ").map(Number);
    equal(pids.length, 2);
    // Nobody tells of the end of a grandchild.
    for (let i = 0; i < 1000 && pids.some(isAlive); i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    equal(pids.map(isAlive), [false, false]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("runCommand ends a program that prints too much", async () => {
  const endless = "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done";
  await rejects(sh(endless, { maxOutputBytes: 10_000 }), reasonIs("output"));
  await rejects(sh(`{ ${endless}; } >&2`, { maxOutputBytes: 10_000 }), reasonIs("output"));
  equal((await sh("printf 12345", { maxOutputBytes: 5 })).stdout.length, 5);
  await rejects(sh("printf 123456", { maxOutputBytes: 5 }), reasonIs("output"));
});

Deno.test("runCommand keeps all of a long output", async () => {
  const { stdout } = await sh("head -c 3000000 /dev/zero");
  equal(stdout.length, 3_000_000);
});

Deno.test("runCommand says why a program cannot be started", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/plain`, "x");
    for (const path of [`${folder}/missing`, `${folder}/plain`, folder]) {
      await rejects(runCommand(path, [], { timeoutMs: 1000 }), reasonIs("start"), path);
    }
    await rejects(sh("true", { cwd: `${folder}/missing` }), reasonIs("start"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("runCommand takes absolute paths only", async () => {
  for (const path of ["sh", "./sh", "", "netsh.exe", "../bin/sh"]) {
    await rejects(runCommand(path, [], { timeoutMs: 1000 }), RangeError);
  }
});

Deno.test("runCommand ends a program when it is told to stop", async () => {
  const abort = new AbortController();
  const file = await Deno.makeTempFile();
  try {
    const running = rejects(
      sh('echo $$ > "$1"; exec sleep 60', { signal: abort.signal }, file),
      reasonIs("abort"),
    );
    await written(file);
    abort.abort();
    await running;
    equal(isAlive(Number(await Deno.readTextFile(file))), false);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("runCommand does not start a program that was told to stop before", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await rejects(sh('touch "$1/started"', { signal: AbortSignal.abort() }, folder), reasonIs("abort"));
    equal([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("runCommand does not wait for what a program left behind with its pipes", async () => {
  // The sanitizers see whether a pipe or a timer of it is left.
  await rejects(sh("sleep 63 & exit 0", { timeoutMs: 300 }), reasonIs("timeout"));
});

Deno.test("endProcess does nothing to a program that has ended", async () => {
  const child = new Deno.Command("/bin/true", { stdin: "null", stdout: "null", stderr: "null" }).spawn();
  await child.status;
  await endProcess(child);
  await endProcess(child);
});

Deno.test("messageOf tells of anything that was thrown", () => {
  equal([messageOf(new TypeError("x")), messageOf("y"), messageOf(null), messageOf(undefined)], [
    "x",
    "y",
    "null",
    "undefined",
  ]);
});
