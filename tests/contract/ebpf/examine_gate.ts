// Prints what examineGate() tells. With a name: attaches a lookup program of that name that chooses nothing, says so, and waits.
import { openCalls, toCString } from "../../../src/ffi/libc.ts";
import { assemble } from "../../../src/linux/ebpf/asm/assembler.ts";
import { exit, move } from "../../../src/linux/ebpf/asm/instructions.ts";
import { examineGate } from "../../../src/linux/ebpf/loopback/examine_gate.ts";
import { BpfSyscall } from "../../../src/linux/ebpf/sys/bpf_syscall.ts";

const print = (value: unknown) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
const [name] = Deno.args;
if (name === undefined) print(examineGate());
else {
  const calls = openCalls("bpf", "open");
  const syscall = new BpfSyscall(calls);
  const program = assemble([move("r0", 1), exit()]);
  const fd = syscall.loadProgram({ ...program, name, type: "socket_lookup", attachTypeId: null });
  syscall.createLink(fd, "socket_lookup", calls.symbols.open(toCString("/proc/self/ns/net"), 0));
  print("ready");
  for await (const _ of Deno.stdin.readable) { /* until it ends */ }
}
