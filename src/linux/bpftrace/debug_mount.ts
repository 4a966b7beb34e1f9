import { openLibc, toCString } from "../../ffi/libc.ts";

const DEBUGFS = "/sys/kernel/debug";
/** Appears by itself where debugfs is mounted. */
const TRACEFS = `${DEBUGFS}/tracing`;
/** MS_NOSUID | MS_NODEV | MS_NOEXEC. */
const FLAGS = 2n | 4n | 8n;

/** Whether bpftrace finds the kernel's tracepoints. tracefs at /sys/kernel/tracing alone does not serve 0.14. */
export function hasTracepoints(): boolean {
  try {
    return Deno.statSync(`${TRACEFS}/events`).isDirectory;
  } catch {
    return false;
  }
}

/**
 * Mounts debugfs where it is absent. Returns the function that unmounts it again, or null where nothing was mounted,
 * because it was there or because the kernel refused. Unmounting leaves what others use by then.
 */
export function mountDebugfs(): (() => void) | null {
  if (hasTracepoints()) return null;
  const libc = openLibc();
  try {
    const name = toCString("debugfs");
    const isMounted = libc.symbols.mount(name, toCString(DEBUGFS), name, FLAGS, null) === 0;
    return isMounted ? unmountDebugfs : null;
  } finally {
    libc.close();
  }
}

function unmountDebugfs(): void {
  const libc = openLibc();
  try {
    for (const path of [TRACEFS, DEBUGFS]) libc.symbols.umount2(toCString(path), 0);
  } finally {
    libc.close();
  }
}
