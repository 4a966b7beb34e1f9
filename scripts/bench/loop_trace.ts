import { type RunningProcess, startProcess } from "../../src/process/start_process.ts";

/**
 * Between two waits for events the loop does nothing but run its callbacks: the longest such time is how long it was
 * blocked at most. %PID% is its thread. Two figures a second: by the clock, and CPU time alone, which does not count what
 * others on a busy machine took. The latter is as fine as the scheduler's tick.
 */
const PROBE = `
tracepoint:syscalls:sys_exit_epoll_wait, tracepoint:syscalls:sys_exit_epoll_pwait
/tid == %PID%/
{
  @since = nsecs;
  @used = ((struct task_struct *)curtask)->se.sum_exec_runtime;
}
tracepoint:syscalls:sys_enter_epoll_wait, tracepoint:syscalls:sys_enter_epoll_pwait
/tid == %PID% && @since/
{
  $wall = nsecs - @since;
  $cpu = ((struct task_struct *)curtask)->se.sum_exec_runtime - @used;
  if ($wall > @wall) { @wall = $wall; }
  if ($cpu > @cpu) { @cpu = $cpu; }
}
interval:s:1
{
  printf("B %llu %llu\\n", @wall, @cpu);
}`;

/** The longest time that an event loop ran callbacks, in milliseconds. */
export interface LongestBlock {
  /** By the clock: on a busy machine the wait for a CPU is in it. */
  readonly wallMs: number;
  /** CPU time alone. */
  readonly cpuMs: number;
}

/** Watches the event loop of a process from outside. */
export class LoopTrace {
  readonly #process: RunningProcess;
  readonly #next: () => Promise<LongestBlock>;

  private constructor(process: RunningProcess, next: () => Promise<LongestBlock>) {
    this.#process = process;
    this.#next = next;
  }

  /** Starts it; null where bpftrace cannot. `pid`: the process, and so the thread, that the loop runs in. */
  static async start(bpftrace: string, pid: number): Promise<LoopTrace | null> {
    let news = Promise.withResolvers<LongestBlock | null>();
    const decoder = new TextDecoder();
    const process = startProcess(
      bpftrace,
      ["-q", "-B", "line", "-e", PROBE.replaceAll("%PID%", String(pid))],
      {
        onLines: (lines) => {
          for (const line of lines) {
            const [kind, wallNs, cpuNs] = decoder.decode(line ?? new Uint8Array()).split(" ");
            if (kind !== "B") continue;
            news.resolve({ wallMs: Number(wallNs) / 1e6, cpuMs: Number(cpuNs) / 1e6 });
            news = Promise.withResolvers();
          }
        },
      },
    );
    process.ended.then(() => news.resolve(null));
    const next = async () => await news.promise ?? { wallMs: NaN, cpuMs: NaN };
    return Number.isNaN((await next()).wallMs) ? null : new LoopTrace(process, next);
  }

  /** Waits for the next report, ends the trace and returns the longest since its start. */
  async stop(): Promise<LongestBlock> {
    const longest = await this.#next();
    await this.#process.stop();
    return longest;
  }
}
