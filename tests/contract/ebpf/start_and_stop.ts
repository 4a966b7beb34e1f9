/**
 * Starts and stops a BuiltinWake as often as the argument says, then prints as JSON how many descriptors and how
 * many mappings of eBPF there are before and after.
 */
import { BuiltinWake } from "../../../src/linux/ebpf/listen/builtin_wake.ts";

function count(): { descriptors: number; mappings: number } {
  const names = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => readLink(`/proc/self/fd/${name}`));
  const maps = Deno.readTextFileSync("/proc/self/maps").split("\n");
  return {
    // The runtime opens a pair of sockets at some time; we open none.
    descriptors: names.filter((name) => !name.startsWith("socket:")).length,
    mappings: maps.filter((line) => line.includes("bpf")).length,
  };
}

function readLink(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "the listing itself";
  }
}

const wake = new BuiltinWake();
// Without the kernel's types it is ten times as quick.
const quickWake = new BuiltinWake({ btfPath: "/does/not/exist" });
async function startAndStop(wake: BuiltinWake): Promise<void> {
  await wake.start(() => {}, (reason) => {
    throw reason;
  });
  await wake.stop();
}

// The runtime opens what it keeps when it is first used.
await startAndStop(wake);
const before = count();
for (let i = 0; i < Number(Deno.args[0]); i++) await startAndStop(i % 10 === 0 ? wake : quickWake);
await wake.start(() => {}, () => {});
const during = count();
await wake.stop();
const line = JSON.stringify({ before, during, after: count() });
Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
