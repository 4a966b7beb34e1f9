import { runCommand } from "../../../src/process/command.ts";
import { GateLab } from "../../../tests/contract/ebpf/gate_lab.ts";
import { GUEST_ADDRESS } from "../../../tests/simulated/guest.ts";
import { Lab } from "../../../tests/simulated/lab.ts";
import { pause } from "../clocks.ts";
import { startEngine } from "../engines.ts";
import { LOOPBACK_PORT } from "./ways.ts";

const LOAD = new URL("load.pl", import.meta.url).pathname;
/** The engine that needs nothing but the kernel. */
const ENGINE = {
  title: "real time, built in",
  intervalMs: null,
  isWslfwd: true,
  name: "builtin",
  args: ["--realtime=builtin"],
};
/** Until the prober runs, and until wslfwd changes rules again, in milliseconds. */
const PROBER_MS = 150, PACED_MS = 440;
/** Until a process that opened something has nothing more to do, in milliseconds. */
const SETTLE_MS = 3000;

/** How much is measured. */
export interface OpeningSize {
  /** listen() and close() in a row. */
  readonly listens: number;
  /** Processes that open a first service. */
  readonly attaches: number;
  /** How long one that has opened a service is watched. */
  readonly idleSeconds: number;
  /** Pairs of wslfwd whose memory is compared. */
  readonly pairs: number;
}

/** What it takes to open a service. */
export interface OpeningFigures {
  /** listen() -> Windows is let in at the guest's address, in milliseconds each. */
  readonly toOpen: number[];
  /** The first service of a process: both programs are loaded and attached, in milliseconds each. */
  readonly attach: number[];
  /** How often all threads of a process with an open service woke up while nothing happened. */
  readonly wakeUps: number;
  /** How many seconds that was. */
  readonly idleSeconds: number;
  /** What a service on 127.0.0.1 adds to wslfwd beside one that needs no opening, in MB of its own memory, each time. */
  readonly addedMb: number[];
}

/** Measures wslfwd from listen() on, and the gate by itself. */
export async function measureOpening(size: OpeningSize): Promise<OpeningFigures> {
  const toOpen = await measureListens(size.listens);
  await using lab = await GateLab.start();
  await lab.guest.listen(`a 4 127.0.0.1 ${LOOPBACK_PORT}`);
  const attach: number[] = [];
  for (let i = 0; i < size.attaches; i++) {
    await using gate = await lab.gate();
    const { open, tookMs } = await gate.set([LOOPBACK_PORT]);
    if (open.length !== 1) throw new Error("The gate opened nothing");
    attach.push(tookMs);
  }
  await using gate = await lab.gate();
  await gate.set([LOOPBACK_PORT]);
  await pause(SETTLE_MS);
  const before = countWakeUps(gate.pid);
  await pause(size.idleSeconds * 1000);
  const wakeUps = countWakeUps(gate.pid) - before;
  const addedMb: number[] = [];
  for (let i = 0; i < size.pairs; i++) {
    const [open, plain] = await Promise.all(["127.0.0.1", "0.0.0.0"].map(measureMemory));
    addedMb.push(open! - plain!);
  }
  return { toOpen, attach, wakeUps, idleSeconds: size.idleSeconds, addedMb };
}

/** Of a wslfwd that has opened a service, in MB: what it shares with nobody. Not counted: Deno's own code, which it reads as it needs it. */
async function measureMemory(address: string): Promise<number> {
  await using lab = await Lab.start();
  const program = await startEngine(lab, ENGINE, ["--loopback", `${LOOPBACK_PORT}`]);
  await lab.guest.listen(LOOPBACK_PORT, { address });
  await lab.windows.waitFor(({ entries }) => entries.length === 1);
  await pause(SETTLE_MS);
  const status = Deno.readTextFileSync(`/proc/${await program.pid()}/status`);
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

async function measureListens(count: number): Promise<number[]> {
  await using lab = await Lab.start();
  await startEngine(lab, ENGINE, ["--loopback", `${LOOPBACK_PORT}`, "--linger", "0"]);
  const all: number[] = [];
  // The first is a rehearsal, as in latency.ts.
  for (let i = 0; i <= count; i++) {
    const opened = probe(lab);
    await pause(PROBER_MS);
    const server = await lab.guest.listen(LOOPBACK_PORT, { address: "127.0.0.1" });
    all.push(await opened - server.listenAt);
    await pause(PACED_MS);
    await server.close();
    await lab.windows.waitFor(({ entries, rules }) => entries.length === 0 && rules.length === 0);
    await pause(PACED_MS);
  }
  return all.slice(1);
}

/** When Windows is let in for the first time, in milliseconds since 1970; it tries ten times a millisecond. */
async function probe(lab: Lab): Promise<number> {
  const words = ["/usr/bin/perl", LOAD, "probe", GUEST_ADDRESS, `${LOOPBACK_PORT}`];
  const args = [`--net=/proc/${lab.windowsPid}/ns/net`, ...words];
  const { exitCode, stdout, stderr } = await runCommand("/usr/bin/nsenter", args, { timeoutMs: 30_000 });
  const decoder = new TextDecoder();
  if (exitCode !== 0) throw new Error(`The prober: ${decoder.decode(stderr).trim()}`);
  return Number(decoder.decode(stdout));
}

/** How often the threads of a process waited for something, in all (proc(5), status). */
function countWakeUps(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].reduce((sum, { name }) => {
    const status = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
  }, 0);
}
