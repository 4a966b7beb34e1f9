import { deepStrictEqual as equal } from "node:assert/strict";
import { Errno } from "../../../../src/ffi/libc.ts";
import { explainGateRefusal } from "../../../../src/linux/ebpf/loopback/gate_refusal.ts";
import { BpfError } from "../../../../src/linux/ebpf/sys/bpf_syscall.ts";

const status = (effective: string) => `Name:\tdeno\nCapEff:\t${effective}\n`;
const NOBODY = status("0000000000000000"), ROOT = status("000001ffffffffff");

Deno.test("explainGateRefusal names the rights that are missing, and sudo", () => {
  const error = new BpfError("create the map of sockets", Errno.EPERM);
  equal(explainGateRefusal(error, NOBODY), {
    message: "that takes root (CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON; create the map of sockets: EPERM)",
    remedy: "sudo wslfwd",
    isRetriable: false,
  });
  equal(
    explainGateRefusal(error, status("0000000000200000")).message.slice(0, 31),
    "that takes root (CAP_NET_ADMIN;",
  );
  equal(explainGateRefusal(error, ROOT).remedy, null);
});

Deno.test("explainGateRefusal sends who has an old kernel to Windows' update", () => {
  const remedy = (error: unknown) => explainGateRefusal(error, ROOT).remedy;
  equal(remedy(new BpfError("create the map of sockets", Errno.EINVAL)), "wsl.exe --update");
  equal(remedy(new Deno.errors.NotFound("/sys/kernel/btf/vmlinux")), "wsl.exe --update");
  equal(remedy(new Error("this kernel has no iterator over TCP sockets")), "wsl.exe --update");
  equal(remedy(new BpfError("attach the program", Errno.E2BIG)), null);
});

Deno.test("explainGateRefusal tells what passes from what lasts", () => {
  const lasts = (errno: number) =>
    !explainGateRefusal(new BpfError("attach the program", errno), ROOT).isRetriable;
  equal([Errno.EPERM, Errno.EINVAL, Errno.ENOMEM, Errno.EMFILE].map(lasts), [true, true, false, false]);
});
