import { runCommand } from "../../src/process/command.ts";
import { readLines } from "../../tests/simulated/rpc.ts";

/** What one scan costs. */
export interface ScanCost {
  /** How many listeners it found. */
  readonly found: number;
  /** CPU time of one scan, in milliseconds. */
  readonly cpuMs: number;
  /** The same by the clock. */
  readonly wallMs: number;
}

/** What scans cost among so many sockets. */
export interface ScanRow {
  /** How many sockets listen. */
  readonly listeners: number;
  /** How many connections are open, both ends on this machine. */
  readonly connections: number;
  /** By netlink. */
  readonly sockDiag: ScanCost;
  /** By /proc/net. */
  readonly procNet: ScanCost;
}

/** Measures a scan in a network namespace of its own that holds so many sockets. */
export async function measureScan(listeners: number, connections: number): Promise<ScanRow> {
  const sockets = new URL("sockets.pl", import.meta.url).pathname;
  const crowd = 'ip link set lo up && exec perl "$@"';
  await using holder = new Deno.Command("/usr/bin/unshare", {
    args: ["--net", "/bin/sh", "-c", crowd, "sh", sockets, "crowd", String(listeners), String(connections)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  for await (const line of readLines(holder.stdout)) if (line === "listening") break;
  const script = new URL("scan.ts", import.meta.url).pathname;
  const { exitCode, stdout, stderr } = await runCommand("/usr/bin/nsenter", [
    `--net=/proc/${holder.pid}/ns/net`,
    ...[Deno.execPath(), "run", "--allow-all", "--no-config", "--quiet", script],
  ], { timeoutMs: 60_000 });
  holder.kill("SIGKILL");
  if (exitCode !== 0) throw new Error(`The scan failed: ${new TextDecoder().decode(stderr)}`);
  const [sockDiag, procNet] = JSON.parse(new TextDecoder().decode(stdout)) as [ScanCost, ScanCost];
  for (const { found } of [sockDiag, procNet]) {
    if (found !== listeners) throw new Error(`A scan found ${found} of ${listeners} listeners`);
  }
  return { listeners, connections, sockDiag, procNet };
}
