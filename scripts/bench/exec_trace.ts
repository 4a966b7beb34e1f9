import { type RunningProcess, startProcess } from "../../src/process/start_process.ts";

/**
 * Tells the kernel's time of each start of netsh.exe and the network namespace that it was started in. What Windows
 * notes of a call is later by the start of the program that stands for netsh, which is no part of what is measured.
 */
const PROBE = `
tracepoint:sched:sched_process_exec
/comm == "netsh.exe"/
{
  printf("X %llu %u\\n", nsecs, ((struct task_struct *)curtask)->nsproxy->net_ns->ns.inum);
}
interval:s:1
{
  printf("H\\n");
}`;

/** How long bpftrace may take to attach, in milliseconds. */
const START_TIMEOUT_MS = 30_000;

/** When netsh.exe was started, as the kernel saw it. */
export class ExecTrace {
  readonly #process: RunningProcess;
  readonly #starts: Map<number, number[]>;

  private constructor(process: RunningProcess, starts: Map<number, number[]>) {
    this.#process = process;
    this.#starts = starts;
  }

  /** Starts it; null where there is no bpftrace that can. */
  static async start(path: string): Promise<ExecTrace | null> {
    const starts = new Map<number, number[]>();
    const ready = Promise.withResolvers<boolean>();
    const decoder = new TextDecoder();
    let process: RunningProcess;
    try {
      process = startProcess(path, ["-q", "-B", "line", "-e", PROBE], {
        onLines: (lines) => {
          for (const line of lines) {
            const [kind, timeNs, netns] = decoder.decode(line ?? new Uint8Array()).split(" ");
            if (kind === "H") ready.resolve(true);
            if (kind !== "X") continue;
            const times = starts.get(Number(netns)) ?? [];
            times.push(Number(timeNs) / 1e6);
            starts.set(Number(netns), times);
          }
        },
      });
    } catch {
      return null;
    }
    const timer = setTimeout(() => ready.resolve(false), START_TIMEOUT_MS);
    process.ended.then(() => ready.resolve(false));
    const isReady = await ready.promise;
    clearTimeout(timer);
    if (isReady) return new ExecTrace(process, starts);
    await process.stop();
    return null;
  }

  /** The starts in the network namespace of a process, in milliseconds of CLOCK_MONOTONIC, oldest first. */
  startsIn(pid: number): readonly number[] {
    return this.#starts.get(Deno.statSync(`/proc/${pid}/ns/net`).ino ?? 0) ?? [];
  }

  /** Ends it. */
  stop(): Promise<void> {
    return this.#process.stop();
  }
}
