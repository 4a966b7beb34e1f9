/** The release of the running kernel, as `uname -r` prints it. Throws what reading a file throws. */
export function readKernelRelease(): string {
  return Deno.readTextFileSync("/proc/sys/kernel/osrelease").trim();
}

/**
 * Whether a release is that of a WSL2 kernel, for example `5.15.153.1-microsoft-standard-WSL2`. Kernels that people
 * build themselves keep `microsoft` in it, since WSL's own tools look for that word. WSL1 calls itself
 * `4.4.0-19041-Microsoft` and is no Linux kernel at all: its version is what tells it apart.
 */
export function isWsl2Kernel(release: string): boolean {
  return /microsoft/i.test(release) && !/^4\.4\.0-\d+-Microsoft$/.test(release);
}
