import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { BpftraceWake } from "../../src/linux/bpftrace/bpftrace_wake.ts";
import { type Wake, WakeSourceError } from "../../src/contracts/wake.ts";
import { FakeProgram, isAlive, until } from "./fake_program.ts";

/** A bpftrace that writes its process id to its log, then does what the rest of the script says. */
function fake(script: string): Promise<FakeProgram> {
  return FakeProgram.make(`echo $$ >> "$0.log"\n${script}`);
}

const BEAT_ON = "while :; do echo H; sleep 0.1; done";

/** Started on a program, with what it told. */
class Run {
  readonly wakes: Wake[] = [];
  readonly ends: WakeSourceError[] = [];
  readonly ended = Promise.withResolvers<WakeSourceError>();
  readonly source: BpftraceWake;

  constructor(readonly program: FakeProgram) {
    this.source = new BpftraceWake({ path: program.path, startTimeoutMs: 400, silenceTimeoutMs: 600 });
  }

  start(): Promise<void> {
    return this.source.start((wake) => this.wakes.push(wake), (reason) => {
      this.ends.push(reason);
      this.ended.resolve(reason);
    });
  }

  /** Stops it; then no process of it may be left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.stop();
    for (const pid of await this.program.log()) ok(!isAlive(Number(pid)), `process ${pid} is left`);
  }
}

Deno.test("BpftraceWake says what is missing where the program is not there", async () => {
  const source = new BpftraceWake({ path: "/nonexistent/bpftrace" });
  await rejects(source.start(() => {}, () => {}), (error) => {
    ok(error instanceof WakeSourceError);
    match(error.message, /\/nonexistent\/bpftrace cannot be started/);
    return !error.isRetriable;
  });
  await source.stop();
});

Deno.test("BpftraceWake tries both probes where bpftrace exits at start, and tells its last error", async () => {
  await using program = await fake('echo "ERROR: no BTF" >&2; echo "by the way" >&2; exit 1');
  await using run = new Run(program);
  await rejects(run.start(), (error) => {
    ok(error instanceof WakeSourceError);
    equal([error.message, error.isRetriable], ["bpftrace ended with status 1: ERROR: no BTF", false]);
    return true;
  });
  equal((await program.log()).length, 2);
  equal(run.ends, []);
});

Deno.test("BpftraceWake goes on with the minimal probe where the full one is refused", async () => {
  await using program = await fake(
    `case "$5" in *skc_net*) exit 1;; esac; printf 'M\\t10\\t4\\t0.0.0.0\\t80\\n'; ${BEAT_ON}`,
  );
  await using run = new Run(program);
  await run.start();
  equal(run.wakes, [{
    reason: "listen",
    events: [{ kind: "open", inode: 0, family: 4, address: "0.0.0.0", port: 80, programName: null }],
  }]);
});

Deno.test("BpftraceWake gives up a bpftrace that does not attach in time", async () => {
  for (const script of ["exec sleep 20", "kill -STOP $$", "trap '' TERM; while :; do sleep 1; done"]) {
    await using program = await fake(script);
    await using run = new Run(program);
    await rejects(run.start(), (error) => {
      ok(error instanceof WakeSourceError);
      match(error.message, /did not attach its probes for 0\.\d s/);
      return error.isRetriable;
    });
    equal((await program.log()).length, 1, "the minimal probe would not fare better");
  }
});

Deno.test("BpftraceWake can be stopped while bpftrace attaches", async () => {
  await using program = await fake("exec sleep 20");
  await using run = new Run(program);
  const started = run.start();
  await until(async () => (await program.log()).length === 1, "the program runs");
  await Promise.all([rejects(started, WakeSourceError), run.source.stop()]);
  equal(run.ends, []);
});

Deno.test("BpftraceWake may be stopped before it was started", async () => {
  await new BpftraceWake().stop();
});

const deaths: readonly (readonly [string, string, RegExp])[] = [
  ["is killed", "echo H; kill -KILL $$", /ended by SIGKILL/],
  ["ends", "echo H; sleep 0.1; echo 'ERROR: gone' >&2; exit 3", /ended with status 3: ERROR: gone/],
  [
    "ends in the middle of a line",
    "echo H; printf 'L\\t10\\t4\\t0\\t0.0.0.0\\t80'; exit 0",
    /ended with status 0/,
  ],
  ["is stopped", "echo H; kill -STOP $$", /was silent for 0\.\d s/],
  ["hangs", "echo H; exec sleep 20", /was silent for 0\.\d s/],
];
for (const [name, script, expected] of deaths) {
  Deno.test(`BpftraceWake tells once, and that it can be tried again, when bpftrace ${name}`, async () => {
    await using program = await fake(script);
    await using run = new Run(program);
    await run.start();
    const reason = await run.ended.promise;
    match(reason.message, expected);
    ok(reason.isRetriable);
    await run.source.stop();
    equal([run.ends.length, run.wakes], [1, []]);
  });
}

Deno.test("BpftraceWake looks again for what it could not read, and for what bpftrace lost", async () => {
  const outputs: readonly (readonly [string, string, readonly Wake["reason"][]])[] = [
    ["banners and noise", "printf 'Attaching 2 probes...\\n\\377\\376\\0garbage\\n\\n'", []],
    ["lost events", "echo 'Lost 17 events'", ["lost"]],
    ["an event with too few fields", "printf 'L\\t10\\t4\\n'", ["lost"]],
    ["an event that makes no sense", "printf 'M\\t10\\t4\\t0.0.0.0\\t99999\\n'", ["lost"]],
    ["a line without an end", "head -c 5000000 /dev/zero | tr '\\0' x; echo", ["lost"]],
    ["an event of another namespace", "printf 'L\\t10\\t4\\t0\\t0.0.0.0\\t80\\t1\\t5\\t0\\tx\\n'", []],
  ];
  for (const [name, output, expected] of outputs) {
    await using program = await fake(`${output}; ${BEAT_ON}`);
    await using run = new Run(program);
    await run.start();
    equal(run.wakes.map(({ reason }) => reason), expected, name);
  }
});
