import { runCommand } from "../../src/process/command.ts";

/** What the figures were taken on. */
export interface Machine {
  /** As /proc/cpuinfo names it. */
  readonly cpu: string;
  /** How many cores. */
  readonly cores: number;
  /** In GB. */
  readonly memoryGb: number;
  /** The release of the kernel. */
  readonly kernel: string;
  /** The version of Deno. */
  readonly deno: string;
  /** What was measured: the built file, or the sources. */
  readonly wslfwd: string;
  /** The version of bpftrace; null where there is none. */
  readonly bpftrace: string | null;
  /** Processes that ran or wanted to, on average over the minute before the bench. */
  readonly load: number;
  /** The day, ISO 8601. */
  readonly date: string;
}

/** Says what this machine is. `bpftrace`: where that is, or null. */
export async function describeMachine(bpftrace: string | null): Promise<Machine> {
  const cpuinfo = Deno.readTextFileSync("/proc/cpuinfo");
  return {
    cpu: /^model name\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memoryGb: Math.round(Deno.systemMemoryInfo().total / 1e9),
    kernel: Deno.osRelease(),
    deno: Deno.version.deno,
    wslfwd: (Deno.env.get("WSLFWD_EXECUTABLE") ?? "") === "" ? "its sources" : "the built file",
    bpftrace: bpftrace === null ? null : await readVersion(bpftrace),
    load: Deno.loadavg()[0]!,
    date: new Date().toISOString().slice(0, 10),
  };
}

async function readVersion(bpftrace: string): Promise<string> {
  const { stdout } = await runCommand(bpftrace, ["--version"], { timeoutMs: 10_000 });
  return new TextDecoder().decode(stdout).trim().replace(/^bpftrace v?/, "");
}
