import { BpftraceWake } from "../../src/linux/bpftrace/bpftrace_wake.ts";

// Runs the real bpftrace. Prints "ready" and the mounts of the debug file system, stops at the end of stdin, and
// prints the mounts again: one JSON array per line.
function printMounts(state: string): Promise<number> {
  const mounts = Deno.readTextFileSync("/proc/self/mounts").split("\n")
    .map((line) => line.split(" ")[1] ?? "").filter((path) => path.startsWith("/sys/kernel/debug"));
  return Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify([state, ...mounts.sort()])}\n`));
}

const wake = new BpftraceWake();
await wake.start(() => {}, () => {});
await printMounts("ready");
for await (const _ of Deno.stdin.readable) { /* until it ends */ }
await wake.stop();
await printMounts("stopped");
