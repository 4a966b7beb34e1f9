import fullProbe from "../../bpf/bind_watch.bt" with { type: "text" };
import minimalProbe from "../../bpf/bind_watch_min.bt" with { type: "text" };
import { messageOf } from "../process/command.ts";
import { type ProcessEnd, type RunningProcess, startProcess } from "../process/start_process.ts";
import { type ListenEvent, type Wake, type WakeSource, WakeSourceError } from "../reconcile/ports.ts";
import { mountDebugfs } from "./debug_mount.ts";
import { HeartbeatTimer } from "./heartbeat_timer.ts";
import { findInstallCommand } from "./install_command.ts";
import { parseProbeLine } from "./probe_lines.ts";
import { findTrustedProgram } from "./trusted_program.ts";

/** What may differ from the usual; the tests need it. */
export interface BpftraceOptions {
  /** The program; where left out, the first trusted one of the system. */
  readonly path?: string | undefined;
  /** How long attaching may take, in milliseconds, for each of the two probes. Default 20,000: 2,000 is usual. */
  readonly startTimeoutMs?: number | undefined;
  /** How long it may be silent, in milliseconds, before it is taken to hang. Default 5,000; it speaks every second. */
  readonly silenceTimeoutMs?: number | undefined;
}

/** The full probe first; where the kernel's types cannot be read, the minimal one. */
const PROBES = [fullProbe, minimalProbe] as const;
const MAX_LINE_BYTES = 512;
/**
 * Nothing of our environment decides what root's bpftrace does. 512 pages a CPU are 2 MB: 20,000 changes of sockets
 * in 0.3 s overran the default of 64. What still does not fit is told, and looked for.
 */
const ENVIRONMENT = { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin", BPFTRACE_PERF_RB_PAGES: "512" };

/**
 * Wakes when a TCP socket of this network namespace begins or ends to listen, as bpftrace tells it. Good for one
 * start. A bpftrace that outlives us is ended by its next heartbeat, when nobody reads it: within a second.
 */
export class BpftraceWake implements WakeSource {
  /** What the status shows. */
  readonly name = "bpftrace";
  readonly #options: BpftraceOptions;
  #process: RunningProcess | null = null;
  #unmount: (() => void) | null = null;
  #isStopped = false;
  #starting: Promise<void> = Promise.resolve();
  #watch: HeartbeatTimer | null = null;

  /** See {@link BpftraceOptions}. */
  constructor(options: BpftraceOptions = {}) {
    this.#options = options;
  }

  /** Resolves with the first heartbeat: every probe is attached then. Rejects with WakeSourceError. */
  start(onWake: (wake: Wake) => void, onEnd: (reason: WakeSourceError) => void): Promise<void> {
    const started = this.#start(onWake, onEnd);
    this.#starting = started.catch(() => {});
    return started;
  }

  /** Resolves when bpftrace has ended and what was mounted for it is unmounted. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#watch?.stop();
    await this.#process?.stop();
    await this.#starting;
    await this.#process?.ended;
    this.#release();
  }

  async #start(onWake: (wake: Wake) => void, onEnd: (reason: WakeSourceError) => void): Promise<void> {
    if (this.#process !== null) throw new TypeError("Cannot start a BpftraceWake that was started before");
    const path = this.#options.path ?? findBpftrace();
    const netns = readNetworkNamespace();
    this.#unmount = mountDebugfs();
    try {
      for (const probe of PROBES) {
        const failure = await this.#attach(path, probe, netns, onWake, onEnd);
        if (failure === null) return;
        const isLast = probe === PROBES.at(-1);
        if (isLast || failure.isRetriable || this.#isStopped) throw failure;
      }
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** Runs one probe. Returns why it did not attach, or null once it has. */
  async #attach(
    path: string,
    probe: string,
    netns: number,
    onWake: (wake: Wake) => void,
    onEnd: (reason: WakeSourceError) => void,
  ): Promise<WakeSourceError | null> {
    if (this.#isStopped) return new WakeSourceError("bpftrace was stopped before it was started", true);
    const ready = Promise.withResolvers<null>();
    const silence = Promise.withResolvers<WakeSourceError>();
    const watch = this.#watch = new HeartbeatTimer((silentMs) => {
      silence.resolve(new WakeSourceError(`bpftrace was silent for ${Math.round(silentMs / 1000)} s`, true));
    });
    watch.expectWithin(this.#options.startTimeoutMs ?? 20_000);
    let process: RunningProcess;
    try {
      process = startProcess(path, ["-q", "-B", "line", "-e", probe], {
        env: ENVIRONMENT,
        maxLineBytes: MAX_LINE_BYTES,
        onLines: (lines) => {
          const seen = readLines(lines, netns);
          if (seen.hasHeartbeat) {
            watch.expectWithin(this.#options.silenceTimeoutMs ?? 5_000);
            ready.resolve(null);
          }
          if (seen.events.length > 0) onWake({ reason: "listen", events: seen.events });
          if (seen.hasLost) onWake({ reason: "lost", events: [] });
        },
      });
    } catch (error) {
      watch.stop();
      return new WakeSourceError(messageOf(error), false);
    }
    this.#process = process;
    const failure = await Promise.race([
      ready.promise,
      // An exit status before the first heartbeat says that this kernel or this bpftrace cannot run the probe.
      process.ended.then((end) => new WakeSourceError(describeEnd(end), end.signal !== null)),
      silence.promise,
    ]);
    if (failure !== null) {
      watch.stop();
      await process.stop();
      return failure;
    }
    const ended = process.ended.then((end) => new WakeSourceError(describeEnd(end), true));
    Promise.race([ended, silence.promise]).then(async (reason) => {
      watch.stop();
      await process.stop();
      if (this.#isStopped) return;
      this.#release();
      onEnd(reason);
    });
    return null;
  }

  #release(): void {
    this.#unmount?.();
    this.#unmount = null;
  }
}

/** Throws WakeSourceError. */
function findBpftrace(): string {
  if (Deno.uid() !== 0) {
    throw new WakeSourceError("bpftrace needs root", false, "sudo wslfwd --realtime");
  }
  const { path, refusal } = findTrustedProgram("bpftrace");
  if (path !== null) return path;
  if (refusal !== null) throw new WakeSourceError(`bpftrace is not run as root: ${refusal}`, false);
  throw new WakeSourceError("bpftrace is not installed", false, findInstallCommand("bpftrace"));
}

/** The inode that the probe prints for sockets of our own namespace. */
function readNetworkNamespace(): number {
  return Deno.statSync("/proc/self/ns/net").ino ?? 0;
}

function readLines(
  lines: readonly (Uint8Array | null)[],
  netns: number,
): { events: ListenEvent[]; hasHeartbeat: boolean; hasLost: boolean } {
  const events: ListenEvent[] = [];
  let hasHeartbeat = false;
  let hasLost = false;
  for (const bytes of lines) {
    const line = bytes === null ? null : parseProbeLine(bytes);
    if (line === null || line.kind === "lost" || line.kind === "garbled") hasLost = true;
    else if (line.kind === "heartbeat") hasHeartbeat = true;
    else if (line.kind === "event" && (line.netns === 0 || line.netns === netns)) events.push(line.event);
  }
  return { events, hasHeartbeat, hasLost };
}

/** How bpftrace ended, with what it said last: it names what is wrong before it gives up. */
function describeEnd({ exitCode, signal, stderr }: ProcessEnd): string {
  if (signal !== null) return `bpftrace was ended by ${signal}`;
  const said = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const last = said.findLast((line) => line.startsWith("ERROR")) ?? said.at(-1) ?? "it said nothing";
  return `bpftrace ended with status ${exitCode}: ${last.slice(0, 200)}`;
}
