import { deepStrictEqual as equal } from "node:assert/strict";
import type { Listener, Program } from "../../../src/net/listener.ts";
import type { Policy } from "../../../src/plan/desired/policy.ts";
import type { SeenListener } from "../../../src/plan/desired/forward.ts";
import { formatEntry } from "../../../src/plan/rules/entry.ts";
import { formatRule } from "../../../src/plan/rules/rule.ts";
import type { ReconcileEvent } from "../../../src/reconcile/events.ts";
import { SnapshotError } from "../../../src/contracts/snapshot_error.ts";
import type { ListenEvent, Wake } from "../../../src/contracts/wake.ts";
import { Reconciler } from "../../../src/reconcile/reconciler.ts";
import { claim, entryIn, GUEST, IPV4_POLICY, listening, OWNER, withoutProgram } from "../plan/samples.ts";
import { FakeClock } from "../time/fake_clock.ts";
import { FakeGate } from "./fake_gate.ts";
import { FakeHost } from "./fake_host.ts";

/** What differs from one test to the next. */
export interface RigOptions {
  readonly policy?: Partial<Policy>;
  readonly lingerMs?: number;
  readonly intervalMs?: number;
}

/** A reconciler with everything around it made up. */
export class Rig {
  readonly clock = new FakeClock();
  readonly host = new FakeHost(this.clock);
  readonly gate = new FakeGate();
  readonly reconciler: Reconciler;
  readonly events: ReconcileEvent[] = [];
  /** What the user wants now. */
  policy: Policy;
  listeners: SeenListener[] = [];
  /** Why reading the listeners fails now, or null. */
  listenersFault: string | null = null;
  address = GUEST;
  gateway = "172.23.16.1";
  /** Why reading the address fails now, or null. */
  addressFault: string | null = null;
  addressMs = 0;
  resolveMs = 0;
  /** Whether programs of other distros are among them: their names cannot be looked up. */
  hidesPrograms = false;
  scanCount = 0;
  resolveCount = 0;
  readonly #looked = new Map<number, Program | null>();
  readonly #hinted = new Map<number, string>();
  readonly #stop = new AbortController();
  readonly #abort = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: RigOptions = {}) {
    this.policy = { ...IPV4_POLICY, ...options.policy };
    const policyNow = () => this.policy;
    this.reconciler = new Reconciler({
      listeners: { name: "netlink", snapshot: () => this.#scan(), close() {} },
      programs: {
        resolve: (seen) => this.#resolve(seen),
        programOf: (inode) => this.#programOf(inode),
        wasLookedUp: (inode) => this.#looked.has(inode),
        hintName: (inode, name) => void this.#hinted.set(inode, name),
        close() {},
      },
      address: { current: () => this.#readAddress() },
      host: this.host,
      gate: this.gate,
      get policy() {
        return policyNow();
      },
      owner: OWNER,
      lingerMs: options.lingerMs ?? 1000,
      intervalMs: options.intervalMs ?? 30_000,
      clock: this.clock,
      emit: (event) => this.events.push(event),
    });
  }

  /** Starts it and lets the first pass be over. */
  async start(): Promise<void> {
    this.#running = this.reconciler.run(this.#stop.signal, this.#abort.signal);
    await this.clock.advance(500);
  }

  /** Ends it; rejects where it ended by a fault of its own. */
  async stop(): Promise<void> {
    this.#stop.abort();
    let isOver = false;
    const over = this.#running.finally(() => isOver = true);
    over.catch(() => {});
    for (let i = 0; i < 100 && !isOver; i++) await this.clock.advance(100);
    this.#abort.abort();
    await this.clock.advance(1);
    await over;
    equal(this.host.offences, []);
  }

  /** Tells it to look: `open` and `close` events of sockets, or none. */
  wake(events: readonly ListenEvent[] = [], reason: Wake["reason"] = "listen"): void {
    this.reconciler.wake({ reason, events });
  }

  /** A program listens, and the kernel says so. */
  open(...texts: readonly string[]): SeenListener[] {
    const opened = texts.map((text) => listening(text, "node"));
    this.listeners.push(...opened);
    this.wake(opened.map((listener) => eventOf("open", listener)));
    return opened;
  }

  /** It stops, and the kernel says so. */
  close(port: number): void {
    const closed = this.listeners.filter((listener) => listener.port === port);
    this.listeners = this.listeners.filter((listener) => listener.port !== port);
    this.wake(closed.map((listener) => eventOf("close", listener)));
  }

  /** Holds that Windows has exactly these entries, ours claimed. */
  expect(ours: readonly string[], foreign: readonly string[] = []): void {
    equal(this.host.table, [...ours, ...foreign].sort());
    equal(this.host.claimed, [...ours].sort());
  }

  /** The types of the events told since the last call, without the engine's. */
  takeEvents(): ReconcileEvent[] {
    return this.events.splice(0);
  }

  async #readAddress() {
    const { address, addressFault } = this;
    if (this.addressMs > 0) await this.clock.sleep(this.addressMs);
    if (addressFault !== null) throw new SnapshotError("address", addressFault);
    return { address, interfaceName: "eth0", gateway: this.gateway, warning: null };
  }

  #scan(): Listener[] {
    this.scanCount++;
    if (this.listenersFault !== null) throw new SnapshotError("netlink", this.listenersFault);
    return this.listeners.map(withoutProgram);
  }

  async #resolve(seen: readonly Listener[]): Promise<void> {
    this.resolveCount++;
    if (this.resolveMs > 0) await this.clock.sleep(this.resolveMs);
    const programs = new Map(this.listeners.map(({ inode, program }) => [inode, program]));
    for (const { inode } of seen) {
      if (!this.#looked.has(inode)) {
        this.#looked.set(inode, this.hidesPrograms ? null : programs.get(inode) ?? null);
      }
    }
  }

  #programOf(inode: number): Program | null {
    const name = this.#hinted.get(inode);
    return this.#looked.get(inode) ?? (name === undefined ? null : { pid: null, name, aliases: [] });
  }
}

/** What the kernel says of a socket. */
export function eventOf(kind: ListenEvent["kind"], listener: SeenListener): ListenEvent {
  const { inode, family, address, port, program } = listener;
  return { kind, inode, family, address, port, programName: kind === "open" ? program?.name ?? null : null };
}

/** `0.0.0.0:80 -> guest:80`. */
export function forward(port: number, address = GUEST): string {
  return `0.0.0.0:${port} -> ${address}:${port}`;
}

/** Windows holds these forwards of ours already. */
export function hold(host: FakeHost, ...texts: readonly string[]): void {
  for (const text of texts) {
    const made = claim(text);
    host.putClaim(made);
    host.put(entryIn(made));
  }
}

/** Events as text. */
export function tell(events: readonly ReconcileEvent[]): string[] {
  return events.map((event) => {
    switch (event.type) {
      case "forwarded":
        return `forwarded ${formatRule(event.rule)}${event.isTakenOver ? " (taken over)" : ""}`;
      case "removed":
        return `removed ${formatRule(event.rule)} (${event.reason})`;
      case "released":
        return `released ${formatRule(event.rule)}`;
      case "rejected":
      case "cleared":
        return `${event.type} ${event.rejection.hostPort} (${event.rejection.reason})`;
      case "restored":
        return `restored ${formatEntry(event.entry)}${event.isBack ? "" : " (lost)"}`;
      case "error":
        return `error ${event.operation}`;
      case "recovered":
        return `recovered ${event.operation} (${event.count})`;
      case "notice":
        return `notice ${event.code}`;
      case "address":
        return `address ${event.from} to ${event.to}`;
      default:
        return event.type;
    }
  });
}
