import { deepStrictEqual as equal } from "node:assert/strict";

const MODULE = new URL("../../../src/daemon/run/stop_signals.ts", import.meta.url).href;

/** Runs code in a process of its own, since signals reach all of one. Resolves with what it printed and how it ended. */
async function run(code: string): Promise<{ printed: string; ending: string | number }> {
  const lines = [
    `import { StopSignals } from ${JSON.stringify(MODULE)};`,
    "const print = (text) => Deno.stdout.writeSync(new TextEncoder().encode(text + ' '));",
    "const kill = (signal) => Deno.kill(Deno.pid, signal);",
    "const { promise: insisted, resolve } = Promise.withResolvers();",
    "const signals = new StopSignals(() => { print('insisted'); resolve(); });",
    "const stopped = new Promise((resolve) => signals.stop.addEventListener('abort', resolve));",
    "stopped.then(() => print('stop'));",
    "const idle = setTimeout(() => Deno.exit(99), 30_000);",
    code,
    "clearTimeout(idle);",
  ];
  const { code: status, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", lines.join("\n")],
    stdin: "null",
  }).output();
  if (status !== 0 && signal === null) throw new Error(new TextDecoder().decode(stderr));
  return { printed: new TextDecoder().decode(stdout).trim(), ending: signal ?? status };
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  Deno.test(`StopSignals: ${signal} says that it is time to end, and ends nothing itself`, async () => {
    const code = `kill("${signal}"); await stopped; print("alive"); signals.release();`;
    equal(await run(code), { printed: "stop alive", ending: 0 });
  });
}

Deno.test("StopSignals: a second Ctrl-C insists; other signals, however many, do not", async () => {
  const code = [
    'kill("SIGTERM"); await stopped; kill("SIGHUP"); kill("SIGTERM"); kill("SIGINT");',
    "await new Promise((resolve) => setTimeout(resolve, 200));",
    'print("so far"); kill("SIGINT"); await insisted; signals.release();',
  ].join("\n");
  equal(await run(code), { printed: "stop so far insisted", ending: 0 });
});

Deno.test("StopSignals.release leaves the signals to the system again", async () => {
  const code = 'signals.release(); kill("SIGTERM"); await stopped;';
  equal(await run(code), { printed: "", ending: "SIGTERM" });
});
