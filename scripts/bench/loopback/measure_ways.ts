import { messageOf, runCommand } from "../../../src/process/command.ts";
import { startProcess } from "../../../src/process/start_process.ts";
import { GateLab, GUEST } from "../../../tests/contract/ebpf/gate_lab.ts";
import { quantile, summarize } from "../statistics.ts";
import { DIRECT_PORT, enterGuest, LOOPBACK_PORT, type Way, WAYS } from "./ways.ts";

const LOAD = new URL("load.pl", import.meta.url).pathname;
/** The first connections of each round pay for what is cold. */
const COLD = 50;

/** How much is measured. */
export interface WaySize {
  /** The ways take turns so many times: what else the machine does then meets all of them. */
  readonly rounds: number;
  /** Connections of each round, with a request each. */
  readonly requests: number;
  /** Sent over one connection in each round. */
  readonly megabytes: number;
}

/** What was found of one way. */
export interface WayFigures {
  /** See {@link Way}. */
  readonly title: string;
  /** See {@link Way}. */
  readonly role: Way["role"];
  /** A connection with a request and its answer, in microseconds. */
  readonly request: { readonly p50: number; readonly p99: number };
  /** Into the guest over one connection: of the round in the middle. */
  readonly gigabits: number;
  /** CPU time of both ends and of what passes it on, in seconds for each gigabyte. */
  readonly cpuSecondsPerGb: number;
}

/** What was found of all ways, and why some are left out. */
export interface WayResults {
  /** In the order of {@link WAYS}. */
  readonly ways: readonly WayFigures[];
  /** A line for each. */
  readonly missing: readonly string[];
}

interface Samples {
  readonly requests: number[];
  readonly gigabits: number[];
  readonly cpuSecondsPerGb: number[];
}

/** Measures every way to the same service, in one network, in turns. */
export async function measureWays(size: WaySize): Promise<WayResults> {
  await using lab = await GateLab.start();
  // Else a table of what was closed fills up, and each way is slower than the one before it.
  for (const pid of [lab.guest.pid, lab.windows.pid]) await keepNoClosed(pid);
  const server = await startServer(lab);
  const all = new Map<Way, Samples>(), missing = new Map<Way, string>();
  try {
    for (let round = 0; round < size.rounds; round++) {
      for (const way of WAYS) {
        if (missing.has(way)) continue;
        const samples = all.get(way) ?? { requests: [], gigabits: [], cpuSecondsPerGb: [] };
        try {
          await measureOnce(lab, way, size, samples);
          all.set(way, samples);
        } catch (error) {
          missing.set(way, `${way.title}: ${messageOf(error)}`);
          all.delete(way);
        }
      }
    }
  } finally {
    await server.stop();
  }
  return { ways: [...all].map(([way, samples]) => sumUp(way, samples)), missing: [...missing.values()] };
}

async function measureOnce(lab: GateLab, way: Way, size: WaySize, samples: Samples): Promise<void> {
  await using open = await way.open(lab);
  const target = [GUEST, `${open.port}`];
  const requests = await load<number[]>(lab, "ask", ...target, `${COLD + size.requests}`);
  samples.requests.push(...requests.slice(COLD));
  const before = readCpuSeconds(open.pid);
  const { seconds, cpuSeconds } = await load<{ seconds: number; cpuSeconds: number }>(
    lab,
    "push",
    ...target,
    `${size.megabytes}`,
  );
  const gigabytes = size.megabytes / 1000;
  samples.gigabits.push(gigabytes * 8 / seconds);
  samples.cpuSecondsPerGb.push((cpuSeconds + readCpuSeconds(open.pid) - before) / gigabytes);
}

function sumUp({ title, role }: Way, { requests, gigabits, cpuSecondsPerGb }: Samples): WayFigures {
  const { p50, p99 } = summarize(requests);
  return {
    title,
    role,
    request: { p50, p99 },
    gigabits: quantile(gigabits, 0.5),
    cpuSecondsPerGb: quantile(cpuSecondsPerGb, 0.5),
  };
}

async function load<T>(lab: GateLab, ...words: string[]): Promise<T> {
  const args = [`--net=/proc/${lab.windows.pid}/ns/net`, "/usr/bin/perl", LOAD, ...words];
  const { exitCode, stdout, stderr } = await runCommand("/usr/bin/nsenter", args, { timeoutMs: 60_000 });
  const decoder = new TextDecoder();
  if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${decoder.decode(stderr).trim()}`);
  return JSON.parse(decoder.decode(stdout));
}

async function keepNoClosed(pid: number): Promise<void> {
  const args = [`--net=/proc/${pid}/ns/net`, "/usr/sbin/sysctl", "-qw", "net.ipv4.tcp_max_tw_buckets=0"];
  await runCommand("/usr/bin/nsenter", args, { timeoutMs: 10_000 });
}

async function startServer(lab: GateLab): Promise<{ stop(): Promise<void> }> {
  const places = [`127.0.0.1:${LOOPBACK_PORT}`, `${GUEST}:${DIRECT_PORT}`];
  const [path, ...args] = enterGuest(lab, "/usr/bin/perl", LOAD, "serve", ...places);
  const ready = Promise.withResolvers<void>();
  const server = startProcess(path, args, { hasInput: true, onLines: () => ready.resolve() });
  await ready.promise;
  return {
    stop: async () => {
      await server.endInput();
      await server.ended;
    },
  };
}

/** Of all threads of a process, to the nanosecond (proc(5), schedstat); 0 for null. */
function readCpuSeconds(pid: number | null): number {
  if (pid === null) return 0;
  return [...Deno.readDirSync(`/proc/${pid}/task`)].reduce((sum, { name }) => {
    const [nanoseconds] = Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ");
    return sum + Number(nanoseconds) / 1e9;
  }, 0);
}
