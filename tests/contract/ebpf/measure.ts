/**
 * Measures the built-in probe on this machine and prints a line for each figure: how long attaching takes, what it costs in
 * memory and wake-ups at rest, and how long it is from listen() to the callback. As root:
 * `deno run -A tests/contract/ebpf/measure.ts`. (With `poll` or `probe` it is the process that is measured.)
 */
import { BuiltinWake } from "../../../src/linux/ebpf/listen/builtin_wake.ts";
import { SockDiagListeners } from "../../../src/linux/netlink/sock_diag.ts";

const ROUNDS = 5, LISTENERS = 1000, REST_MS = 5000, CLOCK_MONOTONIC = 1;
/**
 * Opens a listener every 5 ms, and at the end prints the port of each and the time just before listen(), in nanoseconds:
 * what it printed in between would keep our event loop busy at the very moment that is measured.
 */
const PERL = `use Socket; use POSIX (); my @lines;
my $clock = (POSIX::uname())[4] eq 'aarch64' ? 113 : 228;
for (1 .. ${LISTENERS}) {
  select undef, undef, undef, 0.005;
  socket my $s, AF_INET, SOCK_STREAM, 0; bind $s, pack_sockaddr_in(0, INADDR_LOOPBACK);
  my ($port) = unpack_sockaddr_in(getsockname $s);
  syscall $clock, ${CLOCK_MONOTONIC}, my $time = "\\0" x 16;
  listen $s, 1;
  my ($seconds, $nanoseconds) = unpack "qq", $time;
  push @lines, sprintf "%d %d\\n", $port, $seconds * 1e9 + $nanoseconds;
}
print @lines;`;

/** Writes the time to a pipe every 5 ms: what a wake-up takes on this machine, whatever it is for. */
const PIPE_PERL = `$| = 1;
my $clock = (POSIX::uname())[4] eq 'aarch64' ? 113 : 228;
for (1 .. ${LISTENERS}) {
  select undef, undef, undef, 0.005;
  syscall $clock, ${CLOCK_MONOTONIC}, my $time = "\\0" x 16;
  my ($seconds, $nanoseconds) = unpack "qq", $time;
  printf "%d\\n", $seconds * 1e9 + $nanoseconds;
}`;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}

/** A process that polls, or one that looks once and then waits for the probe. */
async function rest(kind: string): Promise<void> {
  const listeners = new SockDiagListeners();
  listeners.snapshot();
  const startMs = performance.now();
  if (kind === "probe") await new BuiltinWake().start(() => listeners.snapshot(), () => {});
  else setInterval(() => listeners.snapshot(), 50);
  print(`${performance.now() - startMs}`);
  await new Response(Deno.stdin.readable).text();
  Deno.exit(0);
}

function readStatus(pid: number, field: string): number {
  let sum = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const status = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
    sum += Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    if (field.startsWith("Rss")) return sum;
  }
  return sum;
}

interface Rest {
  readonly attachMs: number;
  readonly anonMb: number;
  readonly fileMb: number;
  readonly wakeUps: number;
}

async function measureRest(
  kind: string,
): Promise<Rest> {
  // In a network namespace of its own, where nobody else opens anything.
  const args = ["--net", Deno.execPath(), "run", "-A", import.meta.filename!, kind];
  await using child = new Deno.Command("unshare", { args, stdin: "piped", stdout: "piped" }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const attachMs = Number((await lines.read()).value);
  await sleep(1000);
  const switches = () => readStatus(child.pid, "voluntary_ctxt_switches");
  const before = switches();
  await sleep(REST_MS);
  const wakeUps = switches() - before;
  const [anonMb, fileMb] = ["RssAnon", "RssFile"].map((field) => readStatus(child.pid, field) / 1024);
  await child.stdin.close();
  await lines.cancel();
  return { attachMs, anonMb: anonMb!, fileMb: fileMb!, wakeUps };
}

/** The kernel's clock, as perl reads it: nanoseconds. */
function openClock(): { now: () => bigint } & Disposable {
  const libc = Deno.dlopen("libc.so.6", {
    clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  });
  const time = new BigInt64Array(2), bytes = new Uint8Array(time.buffer);
  const now = () => {
    libc.symbols.clock_gettime(CLOCK_MONOTONIC, bytes);
    return time[0]! * 1_000_000_000n + time[1]!;
  };
  return { now, [Symbol.dispose]: () => libc.close() };
}

async function measurePipe(): Promise<number[]> {
  using clock = openClock();
  await using child = new Deno.Command("perl", { args: ["-MPOSIX", "-e", PIPE_PERL], stdout: "piped" })
    .spawn();
  const latencies: number[] = [];
  for await (const chunk of child.stdout) {
    const now = clock.now();
    for (const line of new TextDecoder().decode(chunk).trim().split("\n")) {
      latencies.push(Number(now - BigInt(line)) / 1e6);
    }
  }
  return latencies;
}

async function measureLatency(): Promise<number[]> {
  using clock = openClock();
  // The kernel gives a port again after a while: in the order in which they were opened.
  const seen = new Map<number, bigint[]>();
  const wake = new BuiltinWake();
  await wake.start(({ events }) => {
    const now = clock.now();
    for (const { kind, port } of events) {
      if (kind !== "open") continue;
      seen.set(port, [...seen.get(port) ?? [], now]);
    }
  }, () => {});
  const { stdout } = await new Deno.Command("perl", { args: ["-e", PERL] }).output();
  await wake.stop();
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split(" "))
    .map(([port, ns]) => Number((seen.get(Number(port))?.shift() ?? 0n) - BigInt(ns!)) / 1e6);
}

if (Deno.args[0] !== undefined) await rest(Deno.args[0]);
const probes: Rest[] = [], polls: Rest[] = [];
for (let round = 0; round < ROUNDS; round++) {
  polls.push(await measureRest("poll"));
  probes.push(await measureRest("probe"));
}
const median = (values: readonly number[]) => quantile(values, 0.5).toFixed(2);
const extra = (field: "anonMb" | "fileMb") => probes.map((probe, i) => probe[field] - polls[i]![field]);
print(
  `attach, first in a process (${ROUNDS}): p50 ${median(probes.map(({ attachMs }) => attachMs))} ms, ` +
    `max ${Math.max(...probes.map(({ attachMs }) => attachMs)).toFixed(2)} ms`,
);
print(
  `memory over a process that polls: ${median(extra("anonMb"))} MB of its own, ` +
    `${median(extra("fileMb"))} MB of the executable's pages`,
);
print(
  `wake-ups in ${REST_MS / 1000} s at rest, all threads: ${probes.map(({ wakeUps }) => wakeUps).join(" ")}`,
);
const describe = (latencies: readonly number[]) =>
  `(${latencies.length}): p50 ${quantile(latencies, 0.5).toFixed(3)} ms, ` +
  `p99 ${quantile(latencies, 0.99).toFixed(3)} ms, max ${Math.max(...latencies).toFixed(3)} ms`;
for (let round = 0; round < ROUNDS; round++) {
  print(`listen() to callback ${describe(await measureLatency())}`);
  print(`a line through a pipe, for comparison ${describe(await measurePipe())}`);
}
