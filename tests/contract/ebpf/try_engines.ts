/**
 * Tries every engine on the kernel it runs on: opens a listener, closes it, and prints for each engine what it told,
 * one line of JSON after an `@`. `scripts/test_kernels.ts` runs it inside of virtual machines.
 */
import { BpftraceWake } from "../../../src/linux/bpftrace/bpftrace_wake.ts";
import { BuiltinWake } from "../../../src/linux/ebpf/listen/builtin_wake.ts";
import { ProcNetListeners } from "../../../src/linux/proc/proc_net.ts";
import { tryGate } from "./try_gate.ts";
import type { ListenEvent, WakeSource } from "../../../src/contracts/wake.ts";

/** What an engine did. */
export interface EngineResult {
  /** Its name and, for our own, what was forbidden to it. */
  readonly engine: string;
  /** From start() to the moment it was ready, in milliseconds; null where it refused. */
  readonly readyMs: number | null;
  /** What it told: `full`: of the right inode and program; `partial`: less than that; `wake`: only a wake. */
  readonly opened: Told;
  /** The same for the close. */
  readonly closed: Told;
  /** Whether it told all that it can. */
  readonly isAsExpected: boolean;
  /** Why it refused, what it was refused before, or null. */
  readonly remark: string | null;
}

/** How much was told of one change. */
export type Told = "full" | "partial" | "wake" | "nothing";

/** In software emulation, bpftrace takes a hundred times as long as usual. */
const PATIENCE_MS = 20_000;
const NO_BTF = "/does/not/exist";
/** From the least to the most. */
const ORDER: readonly Told[] = ["nothing", "wake", "partial", "full"];

/** Collects what an engine tells until it is enough. */
class Tale {
  #told: Told = "nothing";
  #expected: { kind: ListenEvent["kind"]; inode: number } | null = null;
  #woken = Promise.withResolvers<void>();

  /** From now on, that is waited for. */
  expect(kind: ListenEvent["kind"], inode: number): void {
    this.#told = "nothing";
    this.#expected = { kind, inode };
  }

  add(events: readonly ListenEvent[]): void {
    const told = events.filter((event) => event.kind === this.#expected?.kind);
    const isFull = told.some(({ kind, inode, programName }) =>
      inode === this.#expected?.inode && (kind === "close" || programName !== null)
    );
    const now: Told = isFull ? "full" : told.length > 0 ? "partial" : "wake";
    if (ORDER.indexOf(now) > ORDER.indexOf(this.#told)) this.#told = now;
    this.#woken.resolve();
  }

  /** Resolves with what was told, when that is enough or nothing more is to be expected. */
  async untilTold(enough: Told): Promise<Told> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => late.resolve(), PATIENCE_MS);
    const deadline = performance.now() + PATIENCE_MS;
    while (ORDER.indexOf(this.#told) < ORDER.indexOf(enough) && performance.now() < deadline) {
      await Promise.race([this.#woken.promise, late.promise]);
      this.#woken = Promise.withResolvers();
    }
    clearTimeout(timer);
    return this.#told;
  }
}

/** The inode of a socket. By /proc, because Debian has sock_diag in a module, which is not there. */
function findInode(port: number): number {
  const listeners = new ProcNetListeners();
  const inode = listeners.snapshot().find((listener) => listener.port === port)?.inode ?? -1;
  listeners.close();
  return inode;
}

async function tryEngine(engine: string, source: WakeSource, enough: Told): Promise<EngineResult> {
  const tale = new Tale();
  const startMs = performance.now();
  try {
    await source.start(({ events }) => tale.add(events), () => {});
  } catch (error) {
    const remark = error instanceof Error ? error.message : String(error);
    return { engine, readyMs: null, opened: "nothing", closed: "nothing", isAsExpected: false, remark };
  }
  const readyMs = Math.round(performance.now() - startMs);
  const listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const inode = findInode((listener.addr as Deno.NetAddr).port);
  // The events of what has just happened come with the next turn of the event loop, not before.
  tale.expect("open", inode);
  const opened = await tale.untilTold(enough);
  tale.expect("close", inode);
  listener.close();
  const closed = await tale.untilTold(enough);
  const isBuiltin = source instanceof BuiltinWake;
  const name = isBuiltin ? `${engine}: ${source.programType}` : engine;
  const remark = isBuiltin && source.refusals.length > 0 ? source.refusals.join("; ") : null;
  await source.stop();
  const isAsExpected = opened === enough && closed === enough;
  return { engine: name, readyMs, opened, closed, isAsExpected, remark };
}

if (import.meta.main) {
  const engines: readonly (readonly [string, WakeSource, Told])[] = [
    ["builtin", new BuiltinWake(), "full"],
    ["builtin without tp_btf", new BuiltinWake({ programTypes: ["raw_tp", "bare"] }), "full"],
    ["builtin without BTF", new BuiltinWake({ btfPath: NO_BTF }), "partial"],
    ["builtin without reading", new BuiltinWake({ programTypes: ["bare"] }), "wake"],
    ["bpftrace", new BpftraceWake({ startTimeoutMs: 240_000, silenceTimeoutMs: 120_000 }), "full"],
  ];
  const print = (result: EngineResult) =>
    Deno.stdout.writeSync(new TextEncoder().encode(`@${JSON.stringify(result)}\n`));
  print(await tryGate(findInode));
  for (const engine of engines) print(await tryEngine(...engine));
}
