import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { type BpfCalls, openBpfCalls } from "../../../src/ffi/bpf_calls.ts";
import { BuiltinWake } from "../../../src/linux/ebpf/listen/builtin_wake.ts";
import { findBpfNumber } from "../../../src/ffi/libc.ts";
import type { Wake } from "../../../src/contracts/wake.ts";
import { until } from "../fake_program.ts";
import { lacks } from "../needs.ts";
import type { Storm, StormResult } from "./storm.ts";
import type { WatchStart } from "./watch.ts";

const ignore = lacks("root");
const besideThis = (name: string) => new URL(`./${name}`, import.meta.url).pathname;
const denoRun = (
  name: string,
  ...args: string[]
) => [Deno.execPath(), "run", "-A", besideThis(name), ...args];

/** Runs a command to its end and reads the JSON in its last line. */
async function readResult(command: readonly string[]): Promise<unknown> {
  const { success, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

async function runStorm(storm: Storm): Promise<StormResult> {
  const inside = [
    "sh",
    "-c",
    'ip link set lo up; exec "$@"',
    "sh",
    ...denoRun("storm.ts", JSON.stringify(storm)),
  ];
  return await readResult(["unshare", "--net", ...inside]) as StormResult;
}

/** Every change was told or counted. What was missed may have been of others: other tests use TCP meanwhile. */
function checkSum({ events, lost, missed, changes }: StormResult): void {
  ok(events + lost <= changes, `${events} events, ${lost} lost, of ${changes} changes`);
  ok(
    events + lost + missed >= changes,
    `${events} events, ${lost} lost, ${missed} missed, of ${changes} changes`,
  );
}

Deno.test("BuiltinWake tells a million events, none torn, none out of turn", { ignore }, async () => {
  const result = await runStorm({ pairs: 166_700, ringBytes: 256 << 10, isBlocked: false });
  equal(result, { ...result, torn: [] });
  checkSum(result);
  equal(result.lostWakes > 0, result.lost + result.missed > 0);
  equal(result.services, 20);
  ok(result.turns > 0, "other timers get their turn meanwhile");
});

Deno.test("BuiltinWake counts exactly what it lost while its process stood still", { ignore }, async () => {
  const result = await runStorm({ pairs: 6700, ringBytes: 64 << 10, isBlocked: true });
  equal(result, { ...result, torn: [] });
  ok(result.lost > 30_000, `${result.lost} lost`);
  checkSum(result);
  ok(result.lostWakes > 0);
  equal(result.services, 20);
});

Deno.test("BuiltinWake leaks nothing over a thousand starts", { ignore }, async () => {
  const { before, during, after } = await readResult(denoRun("start_and_stop.ts", "1000")) as Record<
    "before" | "during" | "after",
    { descriptors: number; mappings: number }
  >;
  equal(after, before);
  equal(before.mappings, 0);
  equal(during.mappings, 3);
});

/** Whether the kernel has a program of this id: BPF_PROG_GET_FD_BY_ID. */
function hasProgram(calls: BpfCalls, id: number): boolean {
  const attribute = new Uint8Array(128);
  new DataView(attribute.buffer).setUint32(0, id, true);
  const fd = calls.symbols.bpf(findBpfNumber(Deno.build.arch)!, 13, attribute, attribute.length);
  if (fd >= 0) calls.symbols.close(fd);
  return fd >= 0;
}

Deno.test("BuiltinWake is detached by the kernel when its process is killed", { ignore }, async () => {
  const [program, ...args] = denoRun("watch.ts");
  await using child = new Deno.Command(program!, { args, stdin: "piped", stdout: "piped" }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const start = JSON.parse((await lines.read()).value!) as WatchStart;
  ok("programId" in start);
  const calls = openBpfCalls();
  try {
    equal(hasProgram(calls, start.programId), true);
    child.kill("SIGKILL");
    await child.status;
    await until(() => !hasProgram(calls, start.programId), "the program is gone");
  } finally {
    calls.close();
    await lines.cancel();
  }
});

Deno.test("BuiltinWake can be stopped before it starts, twice, and started again", { ignore }, async () => {
  const wake = new BuiltinWake();
  await wake.stop();
  for (let round = 0; round < 3; round++) {
    const woken = Promise.withResolvers<Wake>();
    await wake.start(woken.resolve, woken.reject);
    Deno.listen({ hostname: "127.0.0.1", port: 0 }).close();
    equal((await woken.promise).reason, "listen");
    await Promise.all([wake.stop(), wake.stop()]);
  }
});

Deno.test(
  "BuiltinWake is ready at once: nothing that happens after it resolves is missed",
  { ignore },
  async () => {
    const wake = new BuiltinWake();
    const told: Wake[] = [];
    const woken = Promise.withResolvers<void>();
    await wake.start((wake) => {
      told.push(wake);
      woken.resolve();
    }, woken.reject);
    // In the same turn of the event loop: nobody waits for the ring yet.
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await woken.promise;
    ok(told.some(({ events }) => events.some(({ port }) => port === (listener.addr as Deno.NetAddr).port)));
    listener.close();
    await wake.stop();
  },
);
