/**
 * Runs in a network namespace that scan_cost.ts has filled with sockets: reads what listens again and again, and prints what
 * that costs as JSON.
 */
import { ProcNetListeners } from "../../src/linux/proc/proc_net.ts";
import { SockDiagListeners } from "../../src/linux/netlink/sock_diag.ts";
import type { ListenerSource } from "../../src/contracts/listeners.ts";
import { processCpuMs } from "./clocks.ts";
import type { ScanCost } from "./scan_cost.ts";

/** So many scans at first, until the code is as fast as it gets; then for so long, in milliseconds. */
const WARM_UP = 100, WARM_UP_MS = 300, MEASURE_MS = 500;

function measure(source: ListenerSource): ScanCost {
  let found = 0;
  repeat(() => found = source.snapshot().length, WARM_UP_MS, WARM_UP);
  const startMs = performance.now(), startCpuMs = processCpuMs();
  const count = repeat(() => source.snapshot(), MEASURE_MS);
  const cpuMs = (processCpuMs() - startCpuMs) / count, wallMs = (performance.now() - startMs) / count;
  source.close();
  return { found, cpuMs, wallMs };
}

function repeat(scan: () => void, ms: number, most = Infinity): number {
  const end = performance.now() + ms;
  let count = 0;
  do {
    scan();
    count++;
  } while (performance.now() < end && count < most);
  return count;
}

if (import.meta.main) {
  const costs = [measure(new SockDiagListeners()), measure(new ProcNetListeners())];
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(costs)));
}
