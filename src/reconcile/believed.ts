import { claimedEntries, type HeldClaim, openingOf } from "../plan/claim.ts";
import { EntryIndex } from "../plan/entry_index.ts";
import { type Entry, formatEntry } from "../plan/entry.ts";
import type { HostView } from "../plan/host_view.ts";
import { openingKey } from "../plan/opening.ts";
import { type Held, type Operation, operationKey } from "../plan/operation.ts";
import type { ApplyReport, HostPorts, HostSnapshot } from "../contracts/host.ts";
import { tookEffect } from "./took_effect.ts";

/** Two reads of a pending key must agree over this time, in milliseconds; and at the end, when time is short. */
const PENDING_AGREE_MS = 30_000, HURRIED_AGREE_MS = 1500;

/** How long what an earlier run left unfinished may still come, in milliseconds: at least one verification finds it. */
const UNFINISHED_MS = 90_000;

/** A key of which the end of a change is not known. */
interface PendingKey {
  /** What netsh was told about it. */
  readonly operations: readonly Operation[];
  /** What the key looked like when it was last read, and since when; null where it was not read since. */
  readonly seen: { readonly text: string; readonly sinceMs: number } | null;
}

/**
 * What we believe Windows holds: the last snapshot, carried on by what each apply reported. After a change whose outcome
 * is not known it is unknown until it is read again; and the keys of a change that may still happen (its netsh was killed
 * here and can go on there) stay pending until the change shows, or two reads 30 s apart agree on them.
 */
export class Believed {
  #snapshot: HostSnapshot | null = null;
  #pending = new Map<string, PendingKey>();
  #agreeMs = PENDING_AGREE_MS;
  /** The entries that a claim of ours named, or that we made, and that are there unchanged since. */
  #ours = new EntryIndex();
  /** The same of what an earlier run left unfinished, and until when that counts. */
  #unfinished = new EntryIndex();
  #unfinishedEndMs = 0;

  /** What is believed; null while it is unknown. */
  get snapshot(): HostSnapshot | null {
    return this.#snapshot;
  }

  /** The keys that must be left alone. */
  get pendingKeys(): ReadonlySet<string> {
    return new Set(this.#pending.keys());
  }

  /**
   * Entries that we know to be ours, as we left them, that have no claim: netsh goes on after a line that failed, and
   * somebody may have reset the firewall. No later run would know them for ours. Pending ones are left alone.
   */
  get unclaimedEntries(): readonly Entry[] {
    if (this.#snapshot === null) return [];
    const { foreign } = this.#snapshot;
    return foreign.filter((entry) =>
      (this.#ours.has(entry) || this.#unfinished.has(entry)) && !this.#pending.has(openingKey(entry.listen))
    );
  }

  /** From now on there is little time: what is pending is believed dead sooner. */
  hurry(): void {
    this.#agreeMs = HURRIED_AGREE_MS;
  }

  /** A snapshot was read. */
  replace(snapshot: HostSnapshot, nowMs: number): void {
    this.#snapshot = snapshot;
    if (snapshot.unfinished.length > 0) {
      this.#unfinished = claimedEntries(snapshot.unfinished);
      this.#unfinishedEndMs = nowMs + UNFINISHED_MS;
    } else if (nowMs > this.#unfinishedEndMs) this.#unfinished = new EntryIndex();
    this.#ours = new EntryIndex([...this.#oursAmong(snapshot.entries), ...ownEntries(snapshot)]);
    if (this.#pending.size === 0) return;
    const entries = Map.groupBy(snapshot.entries, ({ listen }) => openingKey(listen));
    const claims = Map.groupBy(snapshot.claims, (claim) => openingKey(openingOf(claim)));
    const looks = [...this.#pending].map(([key, { operations, seen }]) => {
      const held: Held = { entries: entries.get(key) ?? [], claims: claims.get(key) ?? [] };
      return { key, operations, seen, text: describeKey(held), isDone: tookEffect(operations, held) };
    });
    // One script makes all claims before the first entry: while anything moves, a key that stands still proves nothing.
    const isMoving = looks.some(({ seen, text, isDone }) => isDone || (seen !== null && seen.text !== text));
    for (const { key, operations, seen, text, isDone } of looks) {
      const isAgreed = !isMoving && seen !== null && nowMs - seen.sinceMs >= this.#agreeMs;
      if (isDone || isAgreed) this.#pending.delete(key);
      else if (isMoving || seen === null) {
        this.#pending.set(key, { operations, seen: { text, sinceMs: nowMs } });
      }
    }
  }

  /** Windows' own listeners were read. Without effect while the rest is unknown. */
  replacePorts(ports: HostPorts): void {
    if (this.#snapshot !== null) this.#snapshot = { ...this.#snapshot, ...ports };
  }

  /** Our claims were read. Where one is missing, what is held is unknown: more may be otherwise. */
  checkClaims(claims: readonly HeldClaim[]): void {
    const names = new Set(claims.map((claim) => claim.name));
    if (this.#snapshot?.claims.every((claim) => names.has(claim.name)) === false) this.#snapshot = null;
  }

  /** A plan ran, and reported. Where a command failed, what is held must be read again. */
  noteApplied(plan: readonly Operation[], report: ApplyReport): void {
    if (this.#snapshot === null) return;
    const deleted = new Set(plan.flatMap((each) => each.kind === "delete-claim" ? [each.claim.name] : []));
    const made = plan.flatMap((each) => each.kind === "add-claim" ? [each.claim] : []);
    const all = [...this.#snapshot.claims, ...made];
    const kept = all.filter((claim) => !deleted.has(claim.name));
    const snapshot = this.#snapshot;
    const held: Held = { entries: report.after, claims: kept };
    this.#noteOurs(report, report.succeeded ? kept : all);
    this.#snapshot = report.succeeded
      ? { ...snapshot, ...held, foreign: foreignEntries(held), unfinished: [] }
      : null;
  }

  /** What stood there before with the words that we wanted is somebody else's; what of ours is still there stays ours. */
  #noteOurs({ before, after }: ApplyReport, claims: readonly HeldClaim[]): void {
    const there = new EntryIndex(before);
    const made = ownEntries({ entries: after, claims }).filter((entry) => !there.has(entry));
    this.#ours = new EntryIndex([...this.#oursAmong(after), ...made]);
  }

  /** What of ours is there, and what a netsh that was cut off may still make: that is ours, too, when it comes. */
  #oursAmong(entries: readonly Entry[]): Entry[] {
    const present = new EntryIndex(entries);
    return [...this.#ours].filter((entry) =>
      present.has(entry) || this.#pending.has(openingKey(entry.listen))
    );
  }

  /** A plan ran, or not: it is not known. `mayStillHappen`: it can take effect later. */
  forget(plan: readonly Operation[], mayStillHappen: boolean): void {
    const { entries, claims } = this.#snapshot ?? { entries: [], claims: [] };
    const there = new EntryIndex(entries);
    const added = plan.flatMap((each) => each.kind === "add-entry" ? [each.entry] : []);
    const claimed = plan.flatMap((each) => each.kind === "add-claim" ? [each.claim] : []);
    const made = ownEntries({ entries: added, claims: [...claims, ...claimed] });
    this.#ours = new EntryIndex([...this.#ours, ...made.filter((entry) => !there.has(entry))]);
    this.#snapshot = null;
    if (!mayStillHappen) return;
    for (const [key, operations] of Map.groupBy(plan, operationKey)) {
      this.#pending.set(key, { operations, seen: null });
    }
  }

  /** What stands in the way of our rules. Only to be asked while it is known. */
  get view(): HostView {
    return this.#snapshot ?? unknown();
  }

  /** What is held. Only to be asked while it is known. */
  get held(): Held {
    return this.#snapshot ?? unknown();
  }
}

function unknown(): never {
  throw new Error("What Windows holds is not known: read it first");
}

/** The entries that a claim of ours names. */
export function ownEntries({ entries, claims }: Held): Entry[] {
  const claimed = claimedEntries(claims);
  return entries.filter((entry) => claimed.has(entry));
}

/** The entries that no claim of ours names. */
export function foreignEntries(held: Held): Entry[] {
  const claimed = claimedEntries(held.claims);
  return held.entries.filter((entry) => !claimed.has(entry));
}

/** What of a key two reads must agree on. */
function describeKey({ entries, claims }: Held): string {
  return JSON.stringify([entries.map(formatEntry), claims.map((claim) => claim.name).sort()]);
}
