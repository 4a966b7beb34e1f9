import { messageOf } from "../../process/command.ts";
import { type ProcessEnd, type RunningProcess, startProcess } from "../../process/start_process.ts";
import type { ListenEvent, Wake } from "../../contracts/wake.ts";
import { HeartbeatTimer } from "./heartbeat_timer.ts";
import { parseProbeLine } from "./probe_lines.ts";

/** What a run needs. */
export interface ProbeRunOptions {
  /** The absolute path of bpftrace. */
  readonly path: string;
  /** The text of the probe: an argument, not a file, since root reads nothing that others could have changed. */
  readonly probe: string;
  /** The inode of the network namespace whose events are passed on. */
  readonly netns: number;
  /** How long attaching may take, in milliseconds. */
  readonly startTimeoutMs: number;
  /** How long it may be silent after that, in milliseconds. */
  readonly silenceTimeoutMs: number;
  /** Takes what it tells. */
  readonly onWake: (wake: Wake) => void;
  /** Called when sockets have been bound, where the probe tells of it. */
  readonly onBind: () => void;
}

/** Why a run is over. */
export interface ProbeEnd {
  /** `start`: there is no such program; `exit`, `signal`: it ended; `silence`: it hangs, or attaches for too long. */
  readonly kind: "start" | "exit" | "signal" | "silence";
  /** The same in one line, for the user. */
  readonly message: string;
}

const MAX_LINE_BYTES = 512;
/** All CPUs' buffers together, in pages. With the default of 64 a CPU, 20,000 pairs in 0.3 s lost 85 of 100. */
const BUFFER_PAGES = 2048;

/** One run of bpftrace with one probe. It starts with the construction, and whoever made it must stop it. */
export class ProbeRun {
  /** Resolves with the first heartbeat; never rejects. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended or fallen silent; never rejects. */
  readonly over: Promise<ProbeEnd>;
  readonly #process: RunningProcess | null = null;
  readonly #silence: HeartbeatTimer;

  /** Never throws: a program that cannot be started is a run that is over. */
  constructor(options: ProbeRunOptions) {
    const ready = Promise.withResolvers<void>();
    const over = Promise.withResolvers<ProbeEnd>();
    this.ready = ready.promise;
    this.over = over.promise;
    let isReady = false;
    this.#silence = new HeartbeatTimer((silentMs) => {
      const what = isReady ? "was silent" : "did not attach its probes";
      over.resolve({ kind: "silence", message: `bpftrace ${what} for ${(silentMs / 1000).toFixed(1)} s` });
    });
    this.#silence.expectWithin(options.startTimeoutMs);
    try {
      this.#process = startProcess(options.path, [
        "-q",
        "-B",
        "line",
        "-e",
        options.probe,
        String(options.netns),
      ], {
        env: makeEnvironment(),
        maxLineBytes: MAX_LINE_BYTES,
        onLines: (lines) => {
          const seen = readLines(lines, options.netns);
          if (seen.hasHeartbeat) {
            this.#silence.expectWithin(options.silenceTimeoutMs);
            isReady = true;
            ready.resolve();
          }
          if (seen.events.length > 0) options.onWake({ reason: "listen", events: seen.events });
          if (seen.hasBind) options.onBind();
          if (seen.hasLost) options.onWake({ reason: "lost", events: [] });
        },
      });
      this.#process.ended.then((end) => over.resolve(describeEnd(end)));
    } catch (error) {
      this.#silence.stop();
      over.resolve({ kind: "start", message: messageOf(error) });
    }
  }

  /** Ends it; resolves when there is no process any more. Safe to call twice. */
  async stop(): Promise<void> {
    this.#silence.stop();
    await this.#process?.stop();
  }
}

/** Nothing of our own environment decides what root's bpftrace does. */
function makeEnvironment(): Record<string, string> {
  // A power of two, as the kernel wants it. What does not fit is told as lost, and looked for.
  const pages = 2 ** Math.floor(Math.log2(BUFFER_PAGES / navigator.hardwareConcurrency));
  return {
    LC_ALL: "C",
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    BPFTRACE_PERF_RB_PAGES: String(Math.min(512, Math.max(64, pages))),
  };
}

function readLines(
  lines: readonly (Uint8Array | null)[],
  netns: number,
): { events: ListenEvent[]; hasHeartbeat: boolean; hasBind: boolean; hasLost: boolean } {
  const events: ListenEvent[] = [];
  let hasHeartbeat = false;
  let hasBind = false;
  let hasLost = false;
  for (const bytes of lines) {
    const line = bytes === null ? null : parseProbeLine(bytes);
    // What cannot be read may have been an event: looking again is cheap.
    if (line === null || line.kind === "lost" || line.kind === "garbled") hasLost = true;
    else if (line.kind === "heartbeat") hasHeartbeat = true;
    else if (line.kind === "bind") hasBind ||= line.netns === netns;
    else if (line.kind === "event" && (line.netns === 0 || line.netns === netns)) events.push(line.event);
  }
  return { events, hasHeartbeat, hasBind, hasLost };
}

/** How bpftrace ended, with what it said last: it names what is wrong before it gives up. */
function describeEnd({ exitCode, signal, stderr }: ProcessEnd): ProbeEnd {
  if (signal !== null) return { kind: "signal", message: `bpftrace was ended by ${signal}` };
  const said = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const last = said.findLast((line) => line.startsWith("ERROR")) ?? said.at(-1) ?? "it said nothing";
  return { kind: "exit", message: `bpftrace ended with status ${exitCode}: ${last.slice(0, 200)}` };
}
