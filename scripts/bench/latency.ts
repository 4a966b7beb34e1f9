import { Lab } from "../../tests/simulated/lab.ts";
import type { CallRecord } from "../../tests/simulated/windows/model.ts";
import { pause, wallOffsetMs } from "./clocks.ts";
import { type Engine, startEngine } from "./engines.ts";
import type { ExecTrace } from "./exec_trace.ts";

/** How long every program of Windows takes, in milliseconds. */
export const WINDOWS_LATENCY_MS = 100;

/** Nothing can be reached sooner: until then the LAN's peer leaves the CPU to what is measured, in milliseconds. */
const QUIET_MS = 60;

/** wslfwd changes rules at most five times a second; two changes per sample then need so many milliseconds. */
const PACED_MS = 440;

const FIRST_PORT = 20_000;

/** What was measured, one value per sample each, in milliseconds. */
export interface Latencies {
  /** listen() -> the first netsh for the port is a process. */
  readonly toNetsh: number[];
  /** listen() -> Windows listens on the port. */
  readonly toWindows: number[];
  /** listen() -> a peer on the LAN has the whole answer. */
  readonly toAnswer: number[];
  /** The same without the run of that first netsh. */
  readonly aroundNetsh: number[];
  /** close() -> neither portproxy entry nor firewall rule is there. */
  readonly toGone: number[];
}

interface Sample {
  readonly port: number;
  readonly listenAt: number;
  readonly answerAt: number;
  readonly closeAt: number;
}

/** Opens a service and closes it, `count` times, at moments that have nothing to do with when the engine looks. */
export async function measureLatency(
  engine: Engine,
  count: number,
  random: () => number,
  trace: ExecTrace | null,
): Promise<Latencies> {
  await using lab = await Lab.start({ latencyMs: { default: WINDOWS_LATENCY_MS } });
  const offsetMs = wallOffsetMs();
  await startEngine(lab, engine, ["--linger", "0"]);
  const samples: Sample[] = [];
  // The first is a rehearsal: code that runs for the first time is slower than it ever is again.
  for (let i = 0; i <= count; i++) samples.push(await takeSample(lab, engine, FIRST_PORT + i, random));
  const starts = trace?.startsIn(lab.guest.initPid).map((ms) => ms + offsetMs) ?? null;
  const calls = await lab.windows.calls("netsh.exe");
  const all: Latencies = { toNetsh: [], toWindows: [], toAnswer: [], aroundNetsh: [], toGone: [] };
  for (const sample of samples.slice(1)) addSample(all, sample, calls, starts);
  return all;
}

async function takeSample(lab: Lab, engine: Engine, port: number, random: () => number): Promise<Sample> {
  const { intervalMs } = engine;
  const phaseMs = () => random() * (intervalMs ?? 20);
  const started = performance.now();
  const server = await lab.guest.listen(port);
  await pause(QUIET_MS);
  const { at: answerAt } = await lab.lan.waitForOpen(port);
  await pause(Math.max(0, started + PACED_MS / 2 - performance.now()) + phaseMs());
  const closeAt = await server.close();
  await lab.windows.waitFor(({ entries, rules }) =>
    entries.every(({ listenPort }) => listenPort !== String(port)) &&
    rules.every(({ localPorts }) => localPorts.every(({ first }) => first !== port))
  );
  await pause(Math.max(0, started + PACED_MS - performance.now()) + phaseMs());
  return { port, listenAt: server.listenAt, answerAt, closeAt };
}

function addSample(
  all: Latencies,
  sample: Sample,
  calls: readonly CallRecord[],
  starts: number[] | null,
): void {
  const { port, listenAt, answerAt, closeAt } = sample;
  const ofPort = new RegExp(`\\b(listenport|localport)=${port}\\b`);
  const done = calls.flatMap((call) => call.lines.map((line) => ({ call, ...line }))).filter(({ text }) =>
    ofPort.test(text)
  );
  const first = done[0]?.call;
  const entry = done.find(({ text }) => text.includes("portproxy add"));
  const last = done.findLast(({ text }) => text.includes(" delete "));
  if (first === undefined || first.endedAt === null || entry === undefined || last === undefined) {
    throw new Error(`Windows has no record of port ${port}`);
  }
  const startAt = starts?.findLast((at) => at <= first.startedAt) ?? first.startedAt;
  all.toNetsh.push(startAt - listenAt);
  all.toWindows.push(entry.at - listenAt);
  all.toAnswer.push(answerAt - listenAt);
  all.aroundNetsh.push(answerAt - listenAt - (first.endedAt - startAt));
  all.toGone.push(last.at - closeAt);
}
