import { Lab } from "../../tests/simulated/lab.ts";
import type { CallRecord } from "../../tests/simulated/windows/model.ts";
import { type Engine, startEngine } from "./engines.ts";
import { WINDOWS_LATENCY_MS } from "./latency.ts";

const FIRST_PORT = 10_000;

/** How long the slowest may take for each port, in milliseconds: two netsh, and something for a busy machine. */
const PATIENCE_PER_PORT_MS = 400;

/** What came of many ports that were opened at once. */
export interface Burst {
  /** How many were opened. */
  readonly ports: number;
  /** How many of them are forwarded. */
  readonly forwarded: number;
  /** How many netsh processes that took. */
  readonly netshCount: number;
  /** From the first listen() until the last was forwarded, in seconds. */
  readonly seconds: number;
}

/** Opens `count` ports at once. */
export async function measureBurst(engine: Engine, count: number): Promise<Burst> {
  await using lab = await Lab.start({ latencyMs: { default: WINDOWS_LATENCY_MS } });
  await startEngine(lab, engine);
  const callsBefore = changesAmong(await lab.windows.calls("netsh.exe")).length;
  const started = performance.now();
  const sockets = new URL("sockets.pl", import.meta.url).pathname;
  const holder = lab.guest.spawn(["perl", sockets, "hold", String(count), String(FIRST_PORT)]);
  await holder.waitForLine(/^listening$/);
  const isForwarded = await lab.windows.waitFor(
    ({ entries, rules }) => entries.length === count && rules.length === count,
    10_000 + count * PATIENCE_PER_PORT_MS,
  ).then(() => true, () => false);
  const seconds = (performance.now() - started) / 1000;
  const forwarded = isForwarded ? count : (await lab.windows.entries()).length;
  const netshCount = changesAmong(await lab.windows.calls("netsh.exe")).length - callsBefore;
  return { ports: count, forwarded, netshCount, seconds };
}

/** The calls of netsh that change something. */
export function changesAmong(calls: readonly CallRecord[]): CallRecord[] {
  return calls.filter(({ args, script }) => script !== null || /\b(add|delete|set)\b/.test(args.join(" ")));
}
