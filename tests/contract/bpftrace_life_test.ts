import { deepStrictEqual as equal } from "node:assert/strict";
import { BpftraceWake } from "../../src/linux/bpftrace/bpftrace_wake.ts";
import { FakeProgram, isAlive, until } from "./fake_program.ts";
import { testListenEvents } from "./listen_events_suite.ts";
import { lacks } from "./needs.ts";
import { besideTests } from "./socket_process.ts";

const WATCH = [Deno.execPath(), "run", "-A", besideTests("watch_listeners.ts")];

/** Runs `watch_listeners.ts`, in a mount namespace where a shell command prepares the mounts. */
function watch(prepare: string): { child: Deno.ChildProcess; lines: AsyncIterator<string> } {
  const child = new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", `${prepare}; exec "$@"`, "sh", ...WATCH],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  return { child, lines: readLines(child.stdout) };
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** The processes whose parent a process is. */
function childrenOf(pid: number): number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    try {
      if (
        /^\d+$/.test(name) &&
        /^PPid:\t(\d+)$/m.exec(Deno.readTextFileSync(`/proc/${name}/status`))?.[1] === `${pid}`
      ) {
        found.push(Number(name));
      }
    } catch {
      // It has ended.
    }
  }
  return found;
}

const ignore = lacks("root", "bpftrace");

Deno.test("BpftraceWake leaves no bpftrace behind when its process is killed", { ignore }, async () => {
  const { child, lines } = watch("true");
  await lines.next();
  const bpftraces = childrenOf(child.pid);
  equal(bpftraces.length, 1);
  child.kill("SIGKILL");
  await child.status;
  await lines.next();
  await child.stdin.abort().catch(() => {});
  await until(() => !isAlive(bpftraces[0]!), "bpftrace ends");
});

Deno.test("BpftraceWake mounts debugfs where it is absent, and unmounts it", { ignore }, async () => {
  const { child, lines } = watch("umount -R /sys/kernel/debug 2>/dev/null");
  equal(JSON.parse((await lines.next()).value), ["ready", "/sys/kernel/debug", "/sys/kernel/debug/tracing"]);
  await child.stdin.close();
  equal(JSON.parse((await lines.next()).value), ["stopped"]);
  equal((await lines.next()).done, true);
  equal((await child.status).success, true);
});

Deno.test("BpftraceWake leaves a debugfs that was there", { ignore }, async () => {
  const { child, lines } = watch(
    "mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null; ls /sys/kernel/debug/tracing >/dev/null",
  );
  const [, ...before] = JSON.parse((await lines.next()).value);
  await child.stdin.close();
  const [, ...after] = JSON.parse((await lines.next()).value);
  equal((await lines.next()).done, true);
  equal(before.includes("/sys/kernel/debug"), true);
  equal(after, before);
  await child.status;
});

// The real bpftrace where the full probe is refused: what the minimal one tells.
let wrapper: FakeProgram;
Deno.test.beforeAll(async () => {
  wrapper = await FakeProgram.make('case "$5" in *skc_net*) exit 1;; esac; exec /usr/bin/bpftrace "$@"');
});
Deno.test.afterAll(() => wrapper[Symbol.asyncDispose]());
testListenEvents({
  name: "bpftrace with the minimal probe",
  make: () => new BpftraceWake({ path: wrapper.path }),
  hasInodes: false,
  hasNamespaces: false,
  needs: ["root", "bpftrace"],
});
