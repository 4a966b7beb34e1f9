import { BpftraceWake } from "../../linux/bpftrace/bpftrace_wake.ts";
import { hasTracepoints } from "../../linux/bpftrace/debug_mount.ts";
import { BuiltinWake } from "../../linux/ebpf/listen/builtin_wake.ts";
import { findInstallCommand } from "../../linux/proc/install_command.ts";
import { findTrustedProgram } from "../../linux/proc/trusted_program.ts";
import { runCommand } from "../../process/command.ts";
import { type WakeSource, WakeSourceError } from "../../contracts/wake.ts";
import { type Finding, note, ok } from "../finding.ts";
import type { MachineCheck } from "./machine.ts";
import { tryEngine } from "./try_engine.ts";

/** The kernel's description of its types; kernels from 5.15.74 on have it. */
const BTF_PATH = "/sys/kernel/btf/vmlinux";

/** How long bpftrace may take to tell its version, in milliseconds. */
const VERSION_MS = 5000;

/** What becomes of it where an engine does not work. */
const WITHOUT = "without it wslfwd finds listeners by looking";

/** What real time needs. None of it is worth more than a note: without it wslfwd looks every half second. */
export const REALTIME_CHECKS: readonly MachineCheck[] = [
  { name: "bpftrace", run: checkBpftrace },
  {
    name: "builtin",
    run: () => checkEngine("builtin", new BuiltinWake(), "wslfwd's own eBPF program"),
  },
  { name: "btf", run: checkBtf },
  { name: "tracefs", run: checkTracefs },
];

async function checkBpftrace(): Promise<Finding> {
  const { path, refusal } = findTrustedProgram("bpftrace");
  if (path === null) {
    const text = refusal === null ? "bpftrace is not installed" : `bpftrace is not run as root: ${refusal}`;
    return note("bpftrace", text, refusal === null ? findInstallCommand("bpftrace") : null);
  }
  const { stdout } = await runCommand(path, ["--version"], { timeoutMs: VERSION_MS });
  const version = /^bpftrace v?(\d[\w.-]*)/m.exec(new TextDecoder().decode(stdout))?.[1] ??
    "of an unknown version";
  return await checkEngine("bpftrace", new BpftraceWake(), `bpftrace ${version}`);
}

async function checkEngine(check: string, engine: WakeSource, name: string): Promise<Finding> {
  try {
    const untold = await tryEngine(engine);
    if (untold === null) return ok(check, `${name} tells when a program listens, and when it ends to`);
    const what = untold === "open" ? "begins" : "ends";
    return note(check, `${name} attaches, but told nothing of a socket that ${what} to listen; ${WITHOUT}`);
  } catch (error) {
    if (!(error instanceof WakeSourceError)) throw error;
    return note(check, `${error.message}; ${WITHOUT}`, error.remedy);
  }
}

function checkBtf(): Finding {
  try {
    return ok("btf", `the kernel describes its types (${Deno.statSync(BTF_PATH).size >> 10} KiB)`);
  } catch {
    return note("btf", `${BTF_PATH} is missing: events of containers wake wslfwd, too`, "wsl.exe --update");
  }
}

function checkTracefs(): Finding {
  return hasTracepoints() ? ok("tracefs", "the kernel's tracepoints are mounted") : note(
    "tracefs",
    "debugfs is not mounted, or only root sees it; wslfwd mounts it where bpftrace needs it",
  );
}
