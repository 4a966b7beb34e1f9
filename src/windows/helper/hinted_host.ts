import { DelegatingHost } from "../../contracts/delegating_host.ts";
import type { ApplyReport, Host, HostGlance, HostSnapshot, SnapshotPart } from "../../contracts/host.ts";
import { isLoopback } from "../../net/address.ts";
import { openingOf } from "../../plan/claims/claim.ts";
import { openingKey } from "../../plan/claims/opening.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { formatEntry } from "../../plan/rules/entry.ts";
import type { Clock } from "../../time/clock.ts";
import { findForwarder, isQuick, listListeners, lookQuickly } from "./quick_look.ts";
import type { HelperLine } from "./udp_relay.ts";

/** How long after a hint it is looked, in milliseconds: what happens in one go is looked at once. */
const GATHER_MS = 50;

/** How far apart two looks are at least that found something, in milliseconds. */
const PAUSE_MS = 500;

/** What the helper is asked to tell of. */
const SUBJECTS = ["entries", "rules", "listeners", "networks", "addresses"] as const;

/**
 * A host that hears of changes on Windows at once. A hint says only that something may be otherwise, and most are of our own
 * changes: a quick look by the helper tells whether it is. What it is then, the host behind reads, as always.
 */
export class HintedHost extends DelegatingHost {
  readonly #helper: HelperLine;
  readonly #owner: string;
  readonly #clock: Clock;
  /** Called where Windows holds something else than is believed. */
  onChange: () => void = () => {};
  /** Called where Windows' networks or addresses may be others. */
  onNetwork: () => void = () => {};
  /** What Windows holds as far as is known, as texts; null while that is open. */
  #believed: { entries: Set<string>; claims: Map<string, string>; taken: Set<string> } | null = null;
  #changes = 0;
  #isWatching = false;
  #cancel: (() => void) | null = null;
  #earliestMs = -Infinity;

  /** `owner`: whose claims are ours. */
  constructor(behind: Host, helper: HelperLine, owner: string, clock: Clock) {
    super(behind);
    this.#helper = helper;
    this.#owner = owner;
    this.#clock = clock;
  }

  /** A helper runs that was not asked yet to tell of anything. */
  async noteRunning(): Promise<void> {
    this.#isWatching = true;
    for (const subject of SUBJECTS) await this.#helper.request("watch", subject).catch(() => null);
    this.#lookLater(); // What happened before it watched was not told.
  }

  /** The helper tells of something, in the words of its event: `changed SUBJECT`. */
  noteEvent([kind, subject]: readonly string[]): void {
    if (kind === "unwatched" && subject !== "networks" && subject !== "addresses") this.#isWatching = false;
    if (kind !== "changed") return;
    if (subject === "networks" || subject === "addresses") return this.onNetwork();
    this.#lookLater();
  }

  /** Looks no more. */
  close(): void {
    this.#cancel?.();
    this.onChange = this.onNetwork = () => {};
  }

  /** As of the host behind it. Throws SnapshotError. */
  override async snapshot(signal?: AbortSignal, part?: SnapshotPart): Promise<HostSnapshot> {
    const changes = this.#changes;
    const snapshot = await super.snapshot(signal, part);
    if (changes === this.#changes && part !== "held") {
      this.#believed = {
        entries: new Set(snapshot.entries.filter(isQuick).map(formatEntry)),
        claims: new Map(snapshot.claims.map((claim) => [claim.name, openingKey(openingOf(claim))])),
        taken: new Set(snapshot.taken.filter(isOutside).map(openingKey)),
      };
    }
    return snapshot;
  }

  /** Nothing while the helper watches, which tells sooner; else as of the host behind it. Throws SnapshotError. */
  override glance(signal?: AbortSignal): Promise<HostGlance | null> {
    const isWatched = this.#isWatching && this.#helper.state.kind === "running";
    return isWatched ? Promise.resolve(null) : super.glance(signal);
  }

  /** As of the host behind it; what it sees there is believed. Throws HostError. */
  override async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    const believed = this.#believed;
    this.#believed = null;
    this.#changes++;
    const report = await super.apply(plan, signal);
    this.#changes++;
    if (!report.succeeded || believed === null) return report;
    for (const operation of plan) {
      if (operation.kind === "add-claim") {
        believed.claims.set(operation.claim.name, openingKey(openingOf(operation.claim)));
      } else if (operation.kind === "delete-claim") believed.claims.delete(operation.claim.name);
    }
    believed.entries = new Set(report.after.filter(isQuick).map(formatEntry));
    this.#believed = believed;
    this.#lookLater(); // What others did meanwhile was told together with ours.
    return report;
  }

  #lookLater(): void {
    if (this.#cancel !== null) return;
    const waitMs = Math.max(GATHER_MS, this.#earliestMs - this.#clock.now());
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#cancel = null;
      this.#look();
    });
  }

  async #look(): Promise<void> {
    const changes = this.#changes, believed = this.#believed;
    // A change of ours is under way, after which it is looked again; or everything is about to be read anyway.
    if (believed === null) return;
    const [held, listeners, forwarder] = await Promise.all([
      lookQuickly(this.#helper),
      listListeners(this.#helper),
      findForwarder(this.#helper),
    ]);
    if (changes !== this.#changes || believed !== this.#believed) return;
    const isSame = (held === null || isAsBelieved(held, believed, this.#owner)) &&
      (listeners === null || forwarder === null ||
        !meetsOurs(listeners.filter(({ pid }) => pid !== forwarder), believed));
    if (isSame) return;
    this.#earliestMs = this.#clock.now() + PAUSE_MS;
    this.onChange();
  }
}

function isOutside({ protocol, family, address }: HostSnapshot["taken"][number]): boolean {
  return protocol === "tcp" && family === 4 && !isLoopback(address);
}

function isAsBelieved(
  held: NonNullable<Awaited<ReturnType<typeof lookQuickly>>>,
  { entries, claims }: {
    readonly entries: ReadonlySet<string>;
    readonly claims: ReadonlyMap<string, string>;
  },
  owner: string,
): boolean {
  const own = held.claims.filter((claim) => claim.owner === owner).map(({ name }) => name);
  return new Set(own).size === claims.size && own.every((name) => claims.has(name)) &&
    // Words that are not plain are somebody's, and were there or were not: their number tells.
    held.entries.length === entries.size &&
    held.entries.every((entry) => entry.listen.port === "?" || entries.has(formatEntry(entry)));
}

/** Whether a program of Windows has a port that is open for us, or has given one back. */
function meetsOurs(
  listeners: readonly HostSnapshot["taken"][number][],
  { claims, taken }: { readonly claims: ReadonlyMap<string, string>; readonly taken: ReadonlySet<string> },
): boolean {
  const now = new Set(listeners.filter(isOutside).map(openingKey)), ours = new Set(claims.values());
  return [...now].some((key) => ours.has(key) && !taken.has(key)) || [...taken].some((key) => !now.has(key));
}
