// What some tests need of the machine. A test that cannot run is skipped, and the reason is printed once.

const CHECKS = {
  root: ["root (network namespaces, eBPF)", () => Deno.uid() === 0],
  mptcp: ["a kernel with MPTCP", () => exists("/proc/sys/net/mptcp/enabled")],
  bpftrace: ["bpftrace in /usr/bin (apt install bpftrace)", () => exists("/usr/bin/bpftrace")],
  mono: [
    "Mono (apt install mono-mcs mono-runtime)",
    () => exists("/usr/bin/mcs") && exists("/usr/bin/mono"),
  ],
  chromium: ["Chromium (apt install chromium)", () => exists("/usr/bin/chromium")],
  nft: ["nft (apt install nftables)", () => exists("/usr/sbin/nft")],
} as const satisfies Record<string, readonly [string, () => boolean]>;

/** The name of a need. */
export type Need = keyof typeof CHECKS;

const told = new Set<string>();

/** For `ignore` of Deno.test: whether one of the needs is not met here. */
export function lacks(...needs: readonly Need[]): boolean {
  const missing = needs.filter((need) => !CHECKS[need][1]());
  for (const need of missing) {
    const line = `Tests are skipped that need ${CHECKS[need][0]}\n`;
    if (!told.has(need)) Deno.stderr.writeSync(new TextEncoder().encode(line));
    told.add(need);
  }
  return missing.length > 0;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
