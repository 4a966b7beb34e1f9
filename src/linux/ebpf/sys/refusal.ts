import { messageOf } from "../../../process/command.ts";
import { WakeSourceError } from "../../../contracts/wake.ts";
import { Errno, SystemCallError } from "../../../ffi/libc.ts";
import { BpfError } from "./bpf_syscall.ts";
import { type Capability, findMissingCapabilities } from "./capabilities.ts";

const PREFIX = "The built-in eBPF probe cannot start";
const MAX_COMPLAINT_LENGTH = 200;
/** What may be otherwise a moment later. */
const PASSING: ReadonlySet<number> = new Set([
  Errno.EINTR,
  Errno.EAGAIN,
  Errno.ENOMEM,
  Errno.EBUSY,
  Errno.ENFILE,
  Errno.EMFILE,
]);

/**
 * Says in one line why the probe cannot start and what would mend it. `status`: the text of `/proc/self/status`, which
 * tells what we lack when the kernel only says EPERM.
 */
export function describeRefusal(error: unknown, status: string): WakeSourceError {
  const { missing, message, isRetriable } = explainRefusal(error, status);
  return missing.length > 0
    ? new WakeSourceError(
      `${PREFIX} without ${missing.join(" and ")}: ${message}`,
      false,
      "sudo wslfwd --realtime",
    )
    : new WakeSourceError(`${PREFIX}: ${message}`, isRetriable);
}

/** Why the kernel refused eBPF. */
export interface ExplainedRefusal {
  /** The capabilities without which nothing else can be told. */
  readonly missing: readonly Capability[];
  /** What was refused, in one line, with the verifier's complaint. */
  readonly message: string;
  /** Whether it may be otherwise a moment later. */
  readonly isRetriable: boolean;
}

/** Explains an error. `status` is as for {@link describeRefusal}; `needed`: what is not to be had without. */
export function explainRefusal(
  error: unknown,
  status: string,
  needed?: readonly Capability[],
): ExplainedRefusal {
  if (!(error instanceof SystemCallError)) {
    return { missing: [], message: messageOf(error), isRetriable: false };
  }
  const complaint = error instanceof BpfError ? findComplaint(error.log) : null;
  const said = complaint === null ? error.message : `${error.message} (${complaint})`;
  if (error.errno !== Errno.EPERM) {
    return { missing: [], message: said, isRetriable: PASSING.has(error.errno) };
  }
  const missing = findMissingCapabilities(status, needed);
  if (missing.length > 0) return { missing, message: said, isRetriable: false };
  const why = "root of a container or user namespace, a lockdown or a limit on locked memory may be why";
  return { missing, message: `${said}; ${why}`, isRetriable: false };
}

/**
 * What the verifier complains of: its last line before the statistics, without control characters, at most 200
 * characters. Null where it said nothing.
 */
export function findComplaint(log: string): string | null {
  const lines = log.split("\n").map((line) => line.replace(/[^\x20-\x7e]/g, " ").trim());
  const complaint = lines.findLast((line) =>
    line !== "" && !/^(processed \d+ insns|verification time)/.test(line)
  );
  return complaint?.slice(0, MAX_COMPLAINT_LENGTH) ?? null;
}
