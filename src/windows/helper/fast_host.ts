import { DelegatingHost } from "../../contracts/delegating_host.ts";
import {
  type ApplyReport,
  type Host,
  HostError,
  type HostSnapshot,
  type SnapshotPart,
} from "../../contracts/host.ts";
import type { Claim } from "../../plan/claims/claim.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { type Entry, formatEntry, formatPlace } from "../../plan/rules/entry.ts";
import type { Clock } from "../../time/clock.ts";
import { delay } from "../../time/delay.ts";
import { fastRuleWords } from "./fast_rule_words.ts";
import { findForwarder, isQuick, listListeners, lookQuickly, type QuickLook } from "./quick_look.ts";
import { tryRule } from "./self_check.ts";
import type { HelperLine } from "./udp_relay.ts";

/** How long IP Helper may take to listen for an entry, and how often it is looked, in milliseconds. */
const LISTEN_MS = 1000, LOOK_MS = 5;

/** More than this is netsh's, which makes many at once. */
const MAX_OPERATIONS = 16;

/**
 * A host for which the helper opens ports: the firewall by COM, the entry in the registry, and IP Helper told to read it, without
 * a process for each. Only that, and only after a self-check: what closes ports, and everything else, is netsh's. After each change
 * it is read back, up to whether IP Helper listens. With the first doubt it is netsh's turn until the end of this run.
 */
export class FastHost extends DelegatingHost {
  readonly #helper: HelperLine;
  readonly #owner: string;
  readonly #clock: Clock;
  readonly #onState: (reason: string | null) => void;
  /** Entries that the helper does not see: those of the other tables. */
  #others: readonly Entry[] = [];
  #state: "untried" | "trying" | "on" | "off" = "untried";

  /** `onState`: told null once the self-check has passed, and the reason where it is not used any more. */
  constructor(
    behind: Host,
    helper: HelperLine,
    owner: string,
    clock: Clock,
    onState: (reason: string | null) => void,
  ) {
    super(behind);
    this.#helper = helper;
    this.#owner = owner;
    this.#clock = clock;
    this.#onState = onState;
  }

  /** As of the host behind it. The first that is read is what the helper has to see as well. Throws SnapshotError. */
  override async snapshot(signal?: AbortSignal, part?: SnapshotPart): Promise<HostSnapshot> {
    const snapshot = await super.snapshot(signal, part);
    this.#others = snapshot.entries.filter((entry) => !isQuick(entry));
    if (this.#state === "untried" && this.#helper.state.kind === "running") {
      this.#state = "trying";
      this.#check(snapshot);
    }
    return snapshot;
  }

  /** Opens ports by the helper where that is all there is to do, else by the host behind it. Throws HostError. */
  override async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    const steps = this.#state === "on" && this.#helper.state.kind === "running" ? openingSteps(plan) : null;
    if (steps === null) return await this.#applySlowly(plan, signal);
    const startedMs = this.#clock.now();
    const before = await lookQuickly(this.#helper);
    // Somebody's entry on the same place is run over by netsh, and put back: it knows how.
    if (before === null || before.entries.some((entry) => isInTheWay(entry, steps.entries))) {
      return await this.#applySlowly(plan, signal);
    }
    const done: Operation[] = [];
    const after = await this.#open(steps, done);
    if (typeof after === "string") {
      this.#turnOff(after);
      // An entry to which IP Helper does not listen looks to netsh as it should: only made anew it is.
      if (done.length > 0) await super.apply(done.reverse(), signal);
      const message = `The helper on Windows opened no port as it should (${after}); netsh goes on`;
      // What was not answered may still be done; what was refused is not.
      throw new HostError(this.words.changer, message, true, this.#helper.state.kind !== "running");
    }
    return {
      before: [...before.entries, ...this.#others],
      after: [...after.entries, ...this.#others],
      succeeded: true,
      durationMs: this.#clock.now() - startedMs,
    };
  }

  async #applySlowly(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    const report = await super.apply(plan, signal);
    this.#others = report.after.filter((entry) => !isQuick(entry));
    return report;
  }

  /** What is held then, or what was not as it should be. `done`: gets what takes each step back again. */
  async #open({ claims, entries }: Steps, done: Operation[]): Promise<QuickLook | string> {
    // A rule stands before its entry, so that no entry is ever without its title.
    for (const claim of claims) {
      const refusal = await this.#ask(fastRuleWords(claim));
      if (refusal !== null) return `the firewall's rule: ${refusal}`;
      done.push({ kind: "delete-claim", claim });
    }
    for (const entry of entries) {
      const { listen, connect } = entry;
      const places = [listen.address, `${listen.port}`, connect.address, `${connect.port}`];
      const refusal = await this.#ask(["entry", "put", ...places]);
      if (refusal !== null) return `the entry: ${refusal}`;
      done.push({ kind: "delete-entry", entry });
    }
    const refusal = entries.length === 0 ? null : await this.#ask(["reread"]);
    if (refusal !== null) return `IP Helper: ${refusal}`;
    if (!await this.#isListening(entries)) return "IP Helper does not listen";
    const after = await lookQuickly(this.#helper);
    if (after === null) return "what is held cannot be read";
    const held = new Set(after.entries.map(formatEntry)),
      names = new Set(after.claims.map(({ name }) => name));
    const isThere = entries.every((entry) => held.has(formatEntry(entry))) &&
      claims.every(({ name }) => names.has(name));
    return isThere ? after : "what was made is not there";
  }

  async #isListening(entries: readonly Entry[]): Promise<boolean> {
    const deadlineMs = this.#clock.now() + LISTEN_MS;
    while (entries.length > 0) {
      const [listeners, pid] = await Promise.all([listListeners(this.#helper), findForwarder(this.#helper)]);
      const places = new Set((listeners ?? []).filter((each) => each.pid === pid).map(formatPlace));
      if (entries.every(({ listen }) => places.has(formatPlace(listen)))) return true;
      if (listeners === null || this.#clock.now() >= deadlineMs) return false;
      await delay(LOOK_MS, { clock: this.#clock });
    }
    return true;
  }

  /** The reason of the refusal; null where it was done. */
  async #ask(words: readonly string[]): Promise<string | null> {
    try {
      return (await this.#helper.request(...words)).refusal;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #check(snapshot: HostSnapshot): Promise<void> {
    const look = await lookQuickly(this.#helper), pid = await findForwarder(this.#helper);
    if (look === null || pid === null) return this.#turnOff("the helper cannot read what Windows holds");
    if (pid === 0 || !snapshot.isForwarderRunning) return this.#turnOff("IP Helper does not run");
    const reason = sameTables(snapshot.entries, look.entries)
      ? await tryRule(this.#helper, this.#owner)
      : "it sees other entries than netsh";
    if (reason !== null) return this.#turnOff(reason);
    if (this.#state !== "trying") return;
    this.#state = "on";
    this.#onState(null);
  }

  #turnOff(reason: string): void {
    this.#state = "off";
    this.#onState(reason);
  }
}

/** What a plan that only opens ports is made of. */
interface Steps {
  readonly claims: readonly Claim[];
  readonly entries: readonly Entry[];
}

/** Null for a plan in which anything else is. */
function openingSteps(plan: readonly Operation[]): Steps | null {
  if (plan.length > MAX_OPERATIONS) return null;
  const claims: Claim[] = [], entries: Entry[] = [];
  for (const operation of plan) {
    if (operation.kind === "add-claim") claims.push(operation.claim);
    else if (operation.kind === "add-entry" && isQuick(operation.entry)) entries.push(operation.entry);
    else return null;
  }
  return { claims, entries };
}

/** By port alone: `*` and `0.0.0.0` are two rows, of which one listens. */
function isInTheWay(entry: Entry, ours: readonly Entry[]): boolean {
  return ours.some(({ listen }) =>
    typeof entry.listen.port === "string" || entry.listen.port === listen.port
  );
}

function sameTables(shown: readonly Entry[], seen: readonly Entry[]): boolean {
  const write = (entries: readonly Entry[]) => entries.filter(isQuick).map(formatEntry).sort().join("\n");
  return write(shown) === write(seen);
}
