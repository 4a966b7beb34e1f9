import { PortSet } from "../../net/port_set.ts";
import { entriesOf, type HeldClaim } from "../../plan/claims/claim.ts";
import { claimedEntries } from "../../plan/claims/claim_index.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import {
  type ApplyReport,
  type Host,
  type HostCheck,
  type HostGlance,
  type HostSnapshot,
  type HostWords,
  type SnapshotPart,
} from "../../contracts/host.ts";
import type { Ability } from "../../plan/rules/ability.ts";
import { NO_PORTS } from "../../plan/desired/host_view.ts";
import { ForwarderSilence } from "./forwarder_silence.ts";
import { HOST_WORDS } from "./host_words.ts";
import { NetshChanges } from "./script/netsh_changes.ts";
import { readProcessName } from "../run/process_name.ts";
import { ScriptLedger } from "./script/script_ledger.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";
import { readSettled } from "./read_settled.ts";
import { WindowsReader } from "./windows_reader.ts";

/** How long the name of a process may take, in milliseconds: events wait for it, rules do not. */
const NAME_TIMEOUT_MS = 2000;

/** What portproxy and the firewall carry. Reading and changing it is the same whatever the networking mode leaves of it. */
export const ABILITIES: readonly Ability[] = [
  { name: "portproxy", targets: ["proxy"], protocols: ["tcp"], families: [4, 6] },
  { name: "firewall", targets: ["direct"], protocols: ["tcp", "udp"], families: [4, 6] },
];

/** The portproxy entries and firewall rules of the Windows that this guest runs on. */
export class WindowsHost implements Host {
  /** What it calls its own. */
  readonly words: HostWords = HOST_WORDS;
  readonly #programs: WindowsPrograms;
  readonly #reader: WindowsReader;
  readonly #owner: Promise<string>;
  readonly #scripts: ScriptLedger;
  readonly #changes: NetshChanges;
  readonly #silence = new ForwarderSilence();
  #prefetched: Promise<HostSnapshot> | null = null;
  #isExclusive = false;
  #isUnsettled = false;
  #usesIpv6 = true;

  /** `owner`: whose claims are ours, see `ownerOf`; a promise, so that reading need not wait for it. */
  constructor(programs: WindowsPrograms, owner: Promise<string>) {
    this.#programs = programs;
    this.#reader = new WindowsReader(programs);
    this.#owner = owner;
    this.#scripts = new ScriptLedger(programs.windowsFolder, owner);
    this.#changes = new NetshChanges(programs, this.#scripts);
  }

  /** Starts the first read now; the next {@link snapshot} takes it. */
  prefetch(signal?: AbortSignal): void {
    this.#prefetched = this.#readPart("all", signal);
    this.#prefetched.catch(() => {}); // Whoever takes it hears of it.
  }

  /**
   * From now on nobody else of ours changes rules. Where an earlier run left a script, its netsh may still be at work, or may
   * have made an entry without its claim: the next {@link snapshot} waits until two reads agree then, and says what that
   * script claimed.
   */
  takeOver(): void {
    this.#isExclusive = true;
  }

  /** Nothing is to listen by IPv6: what only that needs to know is not asked any more. */
  leaveOutIpv6(): void {
    this.#usesIpv6 = false;
  }

  /** Somebody of ours may still change rules: the next {@link snapshot} waits until two reads agree. */
  noteUnsettled(): void {
    this.#isUnsettled = true;
  }

  /** Removes the scripts of ours that are left, but for those that a later run needs. Never throws. */
  async removeScripts(): Promise<void> {
    await this.#scripts.clear();
  }

  /**
   * Reads entries, claims, reserved ports, Windows' own listeners and the state of IP Helper, side by side; or entries and
   * claims alone: what is ours can be removed although nothing else can be read.
   */
  async snapshot(signal?: AbortSignal, part: SnapshotPart = "all"): Promise<HostSnapshot> {
    const prefetched = this.#prefetched;
    this.#prefetched = null;
    const found = this.#isExclusive ? await this.#scripts.readLeft() : null;
    const left = found ?? (this.#isUnsettled ? [] : null);
    this.#isUnsettled = false;
    if (left !== null) {
      await prefetched?.catch(() => {});
      const snapshot = await readSettled(() => this.#readPart(part, signal), { signal });
      const unfinished = await this.#chooseOurs(left);
      const named = claimedEntries(unfinished);
      if (snapshot.foreign.some((entry) => named.has(entry))) this.#scripts.keepLeft();
      else await this.removeScripts();
      this.#isExclusive = false;
      return { ...snapshot, unfinished };
    }
    this.#isExclusive = false;
    const read = () => this.#readPart(part, signal);
    if (prefetched === null) return await read();
    return part === "all" ? await prefetched : await prefetched.catch(read);
  }

  async #readPart(part: SnapshotPart, signal?: AbortSignal): Promise<HostSnapshot> {
    const isAll = part === "all";
    const [{ entries, unread }, claims, excluded, excludedIpv6, read] = await Promise.all([
      this.#reader.readTable(signal),
      this.#reader.readClaims(signal),
      isAll ? this.#reader.readExcluded(4, signal) : PortSet.EMPTY,
      isAll && this.#usesIpv6 ? this.#readExcludedIpv6(signal) : PortSet.EMPTY,
      isAll ? this.#reader.readPorts(signal) : null,
    ]);
    const ours = await this.#chooseOurs(claims);
    const claimed = claimedEntries(ours);
    const own = entries.filter((entry) => claimed.has(entry));
    const ports = read === null ? { taken: [], isForwarderRunning: true } : this.#silence.judge(read, own);
    const foreign = entries.filter((entry) => !claimed.has(entry));
    this.#scripts.noteSeen(entries);
    return {
      abilities: ABILITIES,
      entries,
      claims: ours,
      foreign,
      unread,
      excluded: { ...NO_PORTS, tcp: { 4: excluded, 6: excludedIpv6 } },
      ...ports,
      unfinished: [],
    };
  }

  /** A Windows that says nothing of IPv6 must not keep IPv4 from working: there, nothing is taken for reserved. */
  #readExcludedIpv6(signal?: AbortSignal): Promise<PortSet> {
    return this.#reader.readExcluded(6, signal).catch(() => PortSet.EMPTY);
  }

  /** Reads our claims, Windows' own listeners and the state of IP Helper, side by side. */
  async check(signal?: AbortSignal): Promise<HostCheck> {
    const [all, read] = await Promise.all([
      this.#reader.readClaims(signal),
      this.#reader.readPorts(signal),
    ]);
    const claims = await this.#chooseOurs(all);
    return { ...this.#silence.judge(read, entriesNamedBy(claims)), claims };
  }

  /** One cmd.exe that asks netstat.exe and reg.exe. Null where it does not answer in whole, as where reg.exe is forbidden. */
  async glance(signal?: AbortSignal): Promise<HostGlance | null> {
    try {
      const seen = await this.#reader.glance(signal);
      return { ...seen, claims: await this.#chooseOurs(seen.claims) };
    } catch {
      return null; // The next snapshot tells what is the matter.
    }
  }

  async #chooseOurs(claims: readonly HeldClaim[]): Promise<HeldClaim[]> {
    const owner = await this.#owner;
    return claims.filter((claim) => claim.owner === owner);
  }

  /** What cannot be told on this Windows, in one line; null where all can, as far as it was tried. Hostile text. */
  get limit(): string | null {
    return this.#reader.limit;
  }

  /** Reads the claims of every owner. Throws SnapshotError. */
  readClaims(signal?: AbortSignal): Promise<readonly HeldClaim[]> {
    return this.#reader.readClaims(signal);
  }

  /** The ports that Windows lets nobody have by UDP: asked only where UDP is forwarded. Throws SnapshotError. */
  readExcludedUdp(signal?: AbortSignal): Promise<PortSet> {
    return this.#reader.readExcluded(4, signal, "udp");
  }

  /** The name of a process of Windows; null where it cannot be told. Never rejects. Hostile text. */
  processName(pid: number): Promise<string | null> {
    return readProcessName(this.#programs, pid, NAME_TIMEOUT_MS);
  }

  /** Makes the changes in order, all by one netsh where that can be had: see {@link NetshChanges}. Throws HostError. */
  async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    const report = await this.#changes.apply(plan, signal).finally(() => this.#silence.noteChange()).catch(
      (error) => {
        this.#reader.noteChange(plan, false);
        throw error;
      },
    );
    this.#reader.noteChange(plan, report.succeeded);
    return report;
  }
}

/** One after the other, as long as somebody asks: an index of tens of thousands would be made for the first of them. */
function* entriesNamedBy(claims: readonly HeldClaim[]): Iterable<Entry> {
  for (const claim of claims) yield* entriesOf(claim);
}
