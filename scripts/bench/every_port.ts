// deno-lint-ignore-file no-console -- it prints what it measured
/**
 * How much memory the reconciler takes for every port there is, and for how long it holds the event loop. Run as
 * `deno run -A --v8-flags=--lite-mode scripts/bench/every_port.ts [PORTS] [--ipv4-only]`, as wslfwd is started: one process, the real
 * clock, a Windows in memory. Without the option each port has an entry for either family, as on a Windows with IPv6.
 */
import type { ApplyReport, Host, HostCheck, HostSnapshot } from "../../src/contracts/host.ts";
import { ClosedGate } from "../../src/contracts/closed_gate.ts";
import { ANY_IPV4 } from "../../src/net/address.ts";
import type { Listener } from "../../src/net/listener.ts";
import type { HeldClaim } from "../../src/plan/claims/claim.ts";
import type { Operation } from "../../src/plan/changes/operation.ts";
import { DEFAULT_POLICY } from "../../src/plan/desired/policy.ts";
import { type Entry, entryKey } from "../../src/plan/rules/entry.ts";
import { NO_PORTS } from "../../src/plan/desired/host_view.ts";
import { Reconciler } from "../../src/reconcile/reconciler.ts";
import { ABILITIES } from "../../src/windows/portproxy/windows_host.ts";
import { SYSTEM_CLOCK } from "../../src/time/clock.ts";
import { delay } from "../../src/time/delay.ts";

const GUEST = "172.23.21.232", PORTS = Number(Deno.args.find((arg) => /^\d+$/.test(arg)) ?? 65_535);

/** Whether nothing is to listen by IPv6. */
const IS_IPV4_ONLY = Deno.args.includes("--ipv4-only");

/** How often the event loop is looked at, in milliseconds. */
const TICK_MS = 1;

/** A Windows that does what it is told, at once. */
class MemoryHost implements Host {
  readonly words = {
    changer: "host",
    forwarderStopped: "",
    forwarderRuns: "",
    incomplete: "",
    cutOff: "",
  };
  #entries = new Map<string, Entry>();
  #claims = new Map<string, HeldClaim>();

  get size(): number {
    return this.#entries.size;
  }

  async snapshot(): Promise<HostSnapshot> {
    await delay(20);
    return {
      abilities: ABILITIES,
      entries: [...this.#entries.values()],
      claims: [...this.#claims.values()],
      foreign: [],
      unread: [],
      taken: [],
      excluded: NO_PORTS,
      isForwarderRunning: true,
      unfinished: [],
    };
  }

  async check(): Promise<HostCheck> {
    await delay(20);
    return { claims: [...this.#claims.values()], taken: [], isForwarderRunning: true };
  }

  glance(): Promise<null> {
    return Promise.resolve(null);
  }

  processName(): Promise<null> {
    return Promise.resolve(null);
  }

  async apply(plan: readonly Operation[]): Promise<ApplyReport> {
    await delay(20);
    const before = [...this.#entries.values()];
    await delay(1);
    // Windows does this in a process of its own: it must not count.
    for (const [i, operation] of plan.entries()) {
      this.#change(operation);
      if (i % 1000 === 0) await delay(0);
    }
    await delay(1);
    // As it is read from the output of a program: new texts each time.
    const after = [...this.#entries.values()];
    return { before, after, succeeded: true, durationMs: 20 };
  }

  #change(operation: Operation): void {
    switch (operation.kind) {
      case "add-claim":
        this.#claims.set(operation.claim.name, operation.claim);
        break;
      case "delete-claim":
        this.#claims.delete(operation.claim.name);
        break;
      case "add-entry":
        this.#entries.set(entryKey(operation.entry), operation.entry);
        break;
      case "delete-entry":
        this.#entries.delete(entryKey(operation.entry));
    }
  }
}

/**
 * Watches the event loop: the longest time that this thread computed without letting anything else run, in milliseconds.
 * Its own time on a processor, so that a busy machine does not count.
 */
class LoopWatch {
  longestMs = 0;
  peakBytes = 0;
  #isOn = true;

  constructor() {
    this.#turn(readThreadMs());
  }

  stop(): void {
    this.#isOn = false;
  }

  #turn(lastMs: number): void {
    const nowMs = readThreadMs();
    this.longestMs = Math.max(this.longestMs, nowMs - lastMs);
    this.peakBytes = Math.max(this.peakBytes, Deno.memoryUsage().rss);
    const thenMs = readThreadMs();
    if (this.#isOn) setTimeout(() => this.#turn(thenMs), TICK_MS);
  }
}

/** For how long this thread has computed, in milliseconds: the first field of schedstat is in nanoseconds (proc(5)). */
function readThreadMs(): number {
  return Number(Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ")[0]) / 1e6;
}

async function measure(name: string, step: () => Promise<unknown>): Promise<void> {
  const watch = new LoopWatch(), startMs = readThreadMs();
  await step();
  watch.stop();
  const mb = Math.round(watch.peakBytes / 1e6), seconds = ((readThreadMs() - startMs) / 1000).toFixed(1);
  console.log(
    `${name}: longest block ${Math.round(watch.longestMs)} ms, peak ${mb} MB, ${seconds} s of computing`,
  );
}

if (import.meta.main) {
  const listening: Listener[] = Array.from({ length: PORTS }, (_, i) => (
    { protocol: "tcp", family: 4, address: "0.0.0.0", port: i + 1, inode: 1000 + i, uid: 1000, v6only: false }
  ));
  let listeners: Listener[] = listening, told = 0;
  const host = new MemoryHost();
  const reconciler = new Reconciler({
    listeners: { name: "memory", snapshot: () => listeners, close() {} },
    programs: {
      resolve: () => Promise.resolve(),
      programOf: () => null,
      wasLookedUp: () => true,
      hintName() {},
      close() {},
    },
    address: {
      current: () => Promise.resolve({ address: GUEST, interfaceName: "eth0", gateway: null, warning: null }),
    },
    host,
    policy: IS_IPV4_ONLY ? { ...DEFAULT_POLICY, listenAddresses: [ANY_IPV4] } : DEFAULT_POLICY,
    gate: new ClosedGate("not here"),
    owner: "0123abcd",
    lingerMs: 0,
    intervalMs: 500,
    clock: SYSTEM_CLOCK,
    emit: () => told++,
  });
  await measure("every port opens", () => reconciler.runOnce());
  const stop = new AbortController(), abort = new AbortController();
  const running = reconciler.run(stop.signal, abort.signal);
  await measure("one port closes and opens", async () => {
    listeners = listening.slice(1);
    await delay(1500);
    listeners = listening;
    await delay(1500);
  });
  await measure("every port closes", async () => {
    listeners = [];
    while (host.size > 0) await delay(50);
  });
  stop.abort();
  await running;
  listeners = listening;
  console.log(`${told} events`);
}
