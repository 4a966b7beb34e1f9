import type { GateRefusal } from "../../../contracts/loopback_gate.ts";
import { Errno, SystemCallError } from "../../../ffi/libc.ts";
import type { Capability } from "../sys/capabilities.ts";
import { explainRefusal } from "../sys/refusal.ts";

/** What both programs need, as measured; root of a user namespace has none of it. */
const NEEDED: readonly Capability[] = ["CAP_BPF", "CAP_NET_ADMIN", "CAP_PERFMON"];
/** What a kernel says that was built without a part of it, or is too old. */
const LACKING: ReadonlySet<number> = new Set([Errno.EINVAL, Errno.ENOSYS, Errno.EOPNOTSUPP, Errno.ENOTSUPP]);
/** Windows' command for a newer kernel. */
const NEWER_KERNEL = "wsl.exe --update";

/** Says why services on 127.0.0.1 cannot be opened, and whether that may be otherwise a moment later. */
export function explainGateRefusal(
  error: unknown,
  status: string = Deno.readTextFileSync("/proc/self/status"),
): GateRefusal & { readonly isRetriable: boolean } {
  const { missing, message, isRetriable } = explainRefusal(error, status, NEEDED);
  if (missing.length > 0) {
    return {
      message: `that takes root (${missing.join(", ")}; ${message})`,
      remedy: "sudo wslfwd",
      isRetriable: false,
    };
  }
  const isLacking = error instanceof SystemCallError ? LACKING.has(error.errno) : error instanceof Error;
  const text = error instanceof Deno.errors.NotFound
    ? "this kernel does not describe its types (no BTF)"
    : message;
  return { message: text, remedy: isLacking ? NEWER_KERNEL : null, isRetriable };
}
