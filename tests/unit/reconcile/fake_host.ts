import type { HeldClaim } from "../../../src/plan/claims/claim.ts";
import { claimedEntries } from "../../../src/plan/claims/claim_index.ts";
import { type Entry, entryKey, formatEntry, formatPlace } from "../../../src/plan/rules/entry.ts";
import { type HostListener, NO_PORTS } from "../../../src/plan/desired/host_view.ts";
import { type Operation, operationKey } from "../../../src/plan/changes/operation.ts";
import {
  type ApplyReport,
  type Host,
  type HostCheck,
  HostError,
  type HostGlance,
  type HostPorts,
  type HostSnapshot,
} from "../../../src/contracts/host.ts";
import { SnapshotError } from "../../../src/contracts/snapshot_error.ts";
import { FREE_HOST, namedBy, OWNER } from "../plan/samples.ts";
import type { FakeClock } from "../time/fake_clock.ts";

/** What goes wrong with an apply. */
export type Fault =
  /** netsh does not start: nothing happens. */
  | { readonly kind: "refuse" }
  /** These kinds of change fail, line by line; netsh goes on with the next line and ends with 1. */
  | { readonly kind: "fail"; readonly operations: (operation: Operation) => boolean }
  /** The client is killed after a while; the first `done` changes are made, and so many again `lateMs` later. */
  | { readonly kind: "hang"; readonly done: number; readonly late: number; readonly lateMs: number }
  /** netsh does not say what it did, but did it. */
  | { readonly kind: "mumble" }
  /** netsh says that it did it, but did not. */
  | { readonly kind: "lie" };

/** Windows as the reconciler sees it: a table, claims of every owner, and faults. What no netsh would get, it notes. */
export class FakeHost implements Host {
  /** What a glance sees; null: nothing. */
  onGlance: () => HostGlance | null = () => null;
  readonly words = {
    changer: "netsh",
    forwarderStopped: "stopped",
    forwarderRuns: "runs again",
    incomplete: "not all was made",
    cutOff: "something may still come",
  };
  taken: HostListener[] = [];
  excluded = NO_PORTS;
  /** The names of processes. */
  readonly names = new Map<number, string>();
  /** What the next snapshot says that an earlier run left unfinished. */
  unfinished: readonly HeldClaim[] = [];
  isForwarderRunning = true;
  readMs = 50;
  applyMs = 100;
  /** How long a netsh that hangs is waited for. */
  hangMs = 15_000;

  /** Which part of a read is over when it looks: 0 at its start, 1 at its end. */
  looksAfter = 0.5;
  /** Why reading fails now, or null. */
  readFault: string | null = null;
  /** Whether a fault that leaves no images is passed over while the table is not as it was last shown. */
  sparesUnseen = false;
  /** Whether a read never ends, until it is aborted. */
  hangsReading = false;
  /** What happens to the next applies, one each; null: nothing. */
  readonly faults: (Fault | null)[] = [];
  /** What happens to each apply, where `faults` is empty. */
  lastingFault: Fault | null = null;
  /** Called between the decision to apply and the first image: somebody else is quick. */
  onApply: (plan: readonly Operation[]) => void = () => {};
  /** Called after the last image. */
  onApplied: () => void = () => {};

  /** When each apply started, and what it was to do. */
  readonly applies: { readonly atMs: number; readonly plan: readonly Operation[] }[] = [];
  /** The keys that changes under way on Windows will still touch, though their client is gone. */
  readonly lateKeys: string[] = [];
  /** Whether a netsh runs. */
  isApplying = false;
  /** The names of the claims that it said to have deleted, and did not. */
  readonly keptClaims = new Set<string>();
  snapshotCount = 0;
  portsReadCount = 0;
  /** What should never be asked of Windows. */
  readonly offences: string[] = [];
  readonly #clock: FakeClock;
  #entries = new Map<string, Entry>();
  /** By name, of which there can be several. */
  #claims = new Map<string, HeldClaim[]>();
  #lastShown = "";

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** The table, in the order in which the entries were made. */
  get entries(): Entry[] {
    return [...this.#entries.values()];
  }

  set entries(entries: readonly Entry[]) {
    this.#entries = new Map(entries.map((entry) => [entryKey(entry), entry]));
  }

  /** The claims of every owner. */
  get claims(): HeldClaim[] {
    return [...this.#claims.values()].flat();
  }

  set claims(claims: readonly HeldClaim[]) {
    this.#claims = Map.groupBy(claims, ({ name }) => name);
  }

  /** Whether the table is as it was last shown. */
  get isSeen(): boolean {
    return this.#lastShown === tableOf(this.entries);
  }

  /** The table as text, sorted. */
  get table(): string[] {
    return this.entries.map(formatEntry).sort();
  }

  /** Our claims as text, sorted; each once. */
  get claimed(): string[] {
    const ours = this.claims.filter((claim) => claim.owner === OWNER);
    return [...new Set(ours.map(namedBy))].sort();
  }

  /** The operations of all applies so far. */
  get operations(): Operation[] {
    return this.applies.flatMap(({ plan }) => plan);
  }

  async snapshot(signal?: AbortSignal): Promise<HostSnapshot> {
    this.snapshotCount++;
    const applies = this.applies.length, wasApplying = this.isApplying;
    const seen = await this.#read(signal, () => {
      const { unfinished, excluded, entries, claims } = this;
      this.unfinished = [];
      return { ...this.#ports(), entries, claims: claims.filter(isOurs), excluded, unfinished };
    });
    const claimed = claimedEntries(seen.claims);
    // What is read while a change is made is in between, and nobody believes it.
    if (!wasApplying && applies === this.applies.length) this.#noteShown(seen.entries);
    return { ...FREE_HOST, ...seen, foreign: seen.entries.filter((entry) => !claimed.has(entry)) };
  }

  async check(signal?: AbortSignal): Promise<HostCheck> {
    this.portsReadCount++;
    return await this.#read(signal, () => ({ ...this.#ports(), claims: this.claims.filter(isOurs) }));
  }

  #ports(): HostPorts {
    return { taken: [...this.taken], isForwarderRunning: this.isForwarderRunning };
  }

  /** A read shows what was there when it looked, which is some time before it ends. */
  async #read<Seen>(signal: AbortSignal | undefined, look: () => Seen): Promise<Seen> {
    const stopped = () => new SnapshotError("windows", "told to stop");
    const beforeMs = this.readMs * this.looksAfter;
    if (beforeMs > 0) await this.#wait(beforeMs, signal, stopped);
    const seen = look();
    await this.#wait(this.hangsReading ? Infinity : this.readMs - beforeMs, signal, stopped);
    if (this.readFault !== null) throw new SnapshotError("windows", this.readFault);
    return seen;
  }

  #noteShown(entries: readonly Entry[]): void {
    if (this.sparesUnseen) this.#lastShown = tableOf(entries);
  }

  glance(): Promise<HostGlance | null> {
    return Promise.resolve(this.onGlance());
  }

  processName(pid: number): Promise<string | null> {
    return Promise.resolve(this.names.get(pid) ?? null);
  }

  async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    if (this.isApplying) this.offences.push("two netsh at a time");
    if (plan.length === 0) this.offences.push("a netsh for nothing");
    this.isApplying = true;
    try {
      return await this.#apply(plan, signal);
    } finally {
      this.isApplying = false;
    }
  }

  async #apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    this.applies.push({ atMs: this.#clock.now(), plan });
    this.onApply(plan);
    let fault = this.faults.length > 0 ? this.faults.shift()! : this.lastingFault;
    const isUnseen = () => this.sparesUnseen && !this.isSeen;
    if (fault?.kind === "hang" && isUnseen()) fault = null;
    if (fault?.kind === "refuse") {
      await this.#wait(this.applyMs, signal, aborted);
      throw new HostError("netsh", "netsh does not start", true, false);
    }
    if (fault?.kind === "hang") {
      for (const operation of plan.slice(0, fault.done)) this.change(operation);
      const late = plan.slice(fault.done, fault.done + fault.late);
      if (late.length > 0) {
        const keys = late.map(operationKey);
        this.lateKeys.push(...keys);
        this.#clock.after(this.hangMs + fault.lateMs, () => {
          late.forEach((each) => this.change(each));
          this.lateKeys.splice(0, keys.length);
        });
      }
      await this.#wait(this.hangMs, signal, aborted);
      throw new HostError("netsh", "netsh did not end", true, true);
    }
    await this.#wait(this.applyMs / 2, signal, aborted);
    // The lines of a script follow one another within a millisecond.
    const before = this.entries;
    if (fault?.kind === "mumble" && isUnseen()) fault = null;
    let succeeded = true;
    if (fault?.kind === "lie") {
      for (const each of plan) if (each.kind === "delete-claim") this.keptClaims.add(each.claim.name);
    } else {
      for (const operation of plan) {
        const fails = fault?.kind === "fail" && fault.operations(operation);
        if (fails || !this.change(operation)) succeeded = false;
      }
    }
    const after = this.entries;
    if (fault?.kind !== "mumble") this.#noteShown(after);
    this.onApplied();
    await this.#wait(this.applyMs / 2, signal, aborted);
    if (fault?.kind === "mumble") throw new HostError("netsh", "netsh prints garbage", true, false);
    return { before, after, succeeded, durationMs: this.applyMs };
  }

  /** Makes a change as netsh does. Returns whether netsh would say that it did. */
  change(operation: Operation): boolean {
    switch (operation.kind) {
      case "add-claim":
        this.putClaim(operation.claim);
        return true;
      case "add-entry":
        this.put(operation.entry);
        return true;
      case "delete-entry":
        return this.#entries.delete(entryKey(operation.entry));
      case "delete-claim":
        return this.#claims.delete(operation.claim.name);
    }
  }

  /** Somebody makes an entry, or changes it. */
  put(entry: Entry): void {
    this.#entries.delete(entryKey(entry));
    this.#entries.set(entryKey(entry), entry);
  }

  /** Somebody makes a firewall rule; of its name there may be one already. */
  putClaim(claim: HeldClaim): void {
    this.#claims.set(claim.name, [...this.#claims.get(claim.name) ?? [], claim]);
  }

  /** Somebody deletes what listens at `0.0.0.0:80`. */
  remove(place: string): void {
    for (const [key, { listen }] of this.#entries) {
      if (formatPlace(listen) === place) this.#entries.delete(key);
    }
  }

  #wait(delayMs: number, signal: AbortSignal | undefined, reason: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(reason());
      const onAbort = () => {
        cancel();
        reject(reason());
      };
      const cancel = delayMs === Infinity ? () => {} : this.#clock.after(delayMs, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}

function aborted(): HostError {
  return new HostError("netsh", "told to stop", true, true);
}

function isOurs({ owner }: HeldClaim): boolean {
  return owner === OWNER;
}

function tableOf(entries: readonly Entry[]): string {
  return entries.map(formatEntry).sort().join();
}
