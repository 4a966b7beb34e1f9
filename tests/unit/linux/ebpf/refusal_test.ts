import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { BpfError } from "../../../../src/linux/ebpf/sys/bpf_syscall.ts";
import { findMissingCapabilities } from "../../../../src/linux/ebpf/sys/capabilities.ts";
import { describeRefusal, findComplaint } from "../../../../src/linux/ebpf/sys/refusal.ts";
import { Errno, SystemCallError } from "../../../../src/ffi/libc.ts";

const status = (effective: string) =>
  `Name:\tdeno\nCapPrm:\t0000000000000000\nCapEff:\t${effective}\nCapBnd:\t0\n`;
const ROOT = status("000001ffffffffff"), NOBODY = status("0000000000000000");
const ONLY_BPF = status("0000008000000000"), ONLY_PERFMON = status("0000004000000000");

Deno.test("findMissingCapabilities names what eBPF lacks", () => {
  equal(findMissingCapabilities(ROOT), []);
  equal(findMissingCapabilities(status("000000c000000000")), []);
  equal(findMissingCapabilities(status("0000000000200000")), []);
  equal(findMissingCapabilities(NOBODY), ["CAP_BPF", "CAP_PERFMON"]);
  equal(findMissingCapabilities(ONLY_BPF), ["CAP_PERFMON"]);
  equal(findMissingCapabilities(ONLY_PERFMON), ["CAP_BPF"]);
  equal(findMissingCapabilities("no such line"), []);
});

Deno.test("describeRefusal names the capability that is missing, and sudo", () => {
  const refusal = describeRefusal(new BpfError("load the program", Errno.EPERM), ONLY_BPF);
  equal(refusal.message, "The built-in eBPF probe cannot start without CAP_PERFMON: load the program: EPERM");
  equal([refusal.isRetriable, refusal.remedy], [false, "sudo wslfwd --realtime"]);
});

Deno.test("describeRefusal does not send root to sudo", () => {
  const refusal = describeRefusal(new BpfError("create the counters", Errno.EPERM), ROOT);
  ok(
    refusal.message.startsWith("The built-in eBPF probe cannot start: create the counters: EPERM; root of a"),
  );
  equal(refusal.remedy, null);
});

Deno.test("describeRefusal says what can be tried again", () => {
  const isRetriable = (errno: number) =>
    describeRefusal(new SystemCallError("mmap", errno), ROOT).isRetriable;
  equal([Errno.ENOMEM, Errno.EMFILE, Errno.EAGAIN].map(isRetriable), [true, true, true]);
  equal([Errno.EINVAL, Errno.ENOSYS, Errno.EACCES].map(isRetriable), [false, false, false]);
});

Deno.test("describeRefusal carries the verifier's complaint in one line", () => {
  const log = "0: R1=ctx() R10=fp0\n0: (79) r6 = *(u64 *)(r1 +0)\nR6 invalid mem access 'scalar'\n" +
    "processed 12 insns (limit 1000000) max_states_per_insn 0\n";
  const refusal = describeRefusal(new BpfError("load the program", Errno.EACCES, log), ROOT);
  equal(
    refusal.message,
    "The built-in eBPF probe cannot start: load the program: EACCES (R6 invalid mem access 'scalar')",
  );
});

Deno.test("describeRefusal passes on what is no system call's error", () => {
  const refusal = describeRefusal(new RangeError("bpf(2) has no known number on riscv64"), ROOT);
  equal(refusal.message, "The built-in eBPF probe cannot start: bpf(2) has no known number on riscv64");
});

Deno.test("findComplaint is bounded, printable and null where nothing was said", () => {
  equal(findComplaint(""), null);
  equal(findComplaint("verification time 3 usec\nprocessed 0 insns (limit 1)"), null);
  equal(findComplaint("a\x1b[31m\u0007b\n\n"), "a [31m b");
  equal(findComplaint("x".repeat(5000))?.length, 200);
});
