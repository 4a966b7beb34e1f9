import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import { CommandError } from "../../../src/process/command.ts";
import { type RunningProcess, startProcess } from "../../../src/process/start_process.ts";

/** Runs a shell script; `lines` fills with what it prints. */
function start(script: string, options: { env?: Record<string, string>; maxLineBytes?: number } = {}): {
  process: RunningProcess;
  lines: (string | null)[];
  firstLine: Promise<void>;
} {
  const lines: (string | null)[] = [];
  const first = Promise.withResolvers<void>();
  const process = startProcess("/bin/sh", ["-c", script], {
    ...options,
    onLines: (parts) => {
      lines.push(...parts.map((part) => part && new TextDecoder().decode(part)));
      first.resolve();
    },
  });
  return { process, lines, firstLine: first.promise };
}

Deno.test("startProcess passes on whole lines and tells the exit status and stderr", async () => {
  const { process, lines } = start("echo one; echo two; printf half; echo oops >&2; exit 7");
  equal(await process.ended, { exitCode: 7, signal: null, stderr: "oops\n" });
  equal(lines, ["one", "two"]);
});

Deno.test("startProcess tells the signal that ended a program", async () => {
  const { process } = start("kill -KILL $$");
  equal(await process.ended, { exitCode: 137, signal: "SIGKILL", stderr: "" });
});

Deno.test("startProcess keeps the end of stderr", async () => {
  const { process } = start("yes | head -c 100000 >&2; echo end >&2");
  const { stderr } = await process.ended;
  ok(stderr.length <= 4096 && stderr.endsWith("y\nend\n"), stderr.slice(-20));
});

Deno.test("startProcess drops a line that is too long", async () => {
  const { process, lines } = start("yes | tr -d '\\n' | head -c 100000; echo; echo b", { maxLineBytes: 100 });
  await process.ended;
  equal(lines, [null, "b"]);
});

Deno.test("startProcess gives its program no other environment than it is told", async () => {
  const { process, lines } = start("echo $HOME$A", { env: { A: "1" } });
  await process.ended;
  equal(lines, ["1"]);
});

Deno.test("startProcess starts a session of its own, with nothing to read", async () => {
  const { process, lines } = start("cut -d' ' -f1,6 /proc/$$/stat; cat | wc -c");
  await process.ended;
  equal(lines, [`${process.pid} ${process.pid}`, "0"]);
});

for (
  const [name, script] of [
    ["sleeps", "echo ready; exec sleep 60"],
    ["ignores SIGTERM", "trap '' TERM; echo ready; while :; do sleep 0.05; done"],
    ["is stopped", "echo ready; kill -STOP $$"],
    ["has ended", "echo ready"],
  ] as const
) {
  Deno.test(`startProcess: stop ends a program that ${name}`, async () => {
    const { process, firstLine } = start(script);
    await firstLine;
    await Promise.all([process.stop(), process.stop()]);
    await process.stop();
    throws(() => Deno.kill(process.pid, "SIGCONT"), Deno.errors.NotFound);
  });
}

Deno.test("startProcess does not wait for a grandchild that keeps the pipes", async () => {
  const { process, lines, firstLine } = start("sleep 60 & echo $!");
  await firstLine;
  equal((await process.ended).exitCode, 0);
  Deno.kill(Number(lines[0]), "SIGKILL");
});

Deno.test("startProcess throws where there is no such program", () => {
  const options = { onLines: () => {} };
  throws(() => startProcess("/nonexistent", [], options), CommandError);
  throws(() => startProcess("sh", [], options), RangeError);
});
