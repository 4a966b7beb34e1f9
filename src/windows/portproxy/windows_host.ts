import { claimedEntries, entriesOf, type HeldClaim } from "../../plan/claim.ts";
import { EntryIndex } from "../../plan/entry_index.ts";
import type { Operation } from "../../plan/operation.ts";
import { CommandError, type CommandResult, messageOf } from "../../process/command.ts";
import {
  type ApplyReport,
  type Host,
  type HostCheck,
  HostError,
  type HostSnapshot,
} from "../../contracts/host.ts";
import { delay } from "../../time/delay.ts";
import type { Ability } from "../../plan/ability.ts";
import { formatEntry } from "../../plan/entry.ts";
import { NO_PORTS } from "../../plan/host_view.ts";
import { netshScript, netshWords, SHOW_ENTRIES } from "./netsh_words.ts";
import { decodeOutput } from "../run/output_text.ts";
import { EndError } from "../run/describe_end.ts";
import { findTables, parseTable } from "./portproxy_table.ts";
import { readProcessName } from "../run/process_name.ts";
import { identifyImages } from "./script_images.ts";
import { ScriptLedger } from "./script_ledger.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";
import { isInteropFailure } from "../../wsl/interop_failure.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";
import { READ_TIMEOUT_MS, WindowsReader } from "./windows_reader.ts";

/** How long the name of a process may take, in milliseconds: events wait for it, rules do not. */
const NAME_TIMEOUT_MS = 2000;

/** How long a netsh that changes may take: so much, and so much more for each change, in milliseconds. */
const APPLY_TIMEOUT_MS = 15_000, APPLY_TIMEOUT_EACH_MS = 100;

/** How far apart two reads must agree before an interrupted netsh is taken for ended, in milliseconds; and how many there are at most. */
const SETTLE_MS = 1500, MAX_SETTLE_READS = 5;

/** What portproxy and the firewall carry. Reading and changing it is the same whatever the networking mode leaves of it. */
export const ABILITIES: readonly Ability[] = [
  { name: "portproxy", targets: ["proxy"], protocols: ["tcp"], families: [4] },
  { name: "firewall", targets: ["direct"], protocols: ["tcp"], families: [4] },
];

/** The portproxy entries and firewall rules of the Windows that this guest runs on. */
export class WindowsHost implements Host {
  readonly #programs: WindowsPrograms;
  readonly #reader: WindowsReader;
  readonly #owner: Promise<string>;
  readonly #scripts: ScriptLedger;
  #prefetched: Promise<HostSnapshot> | null = null;
  #isExclusive = false;

  /** `owner`: whose claims are ours, see `ownerOf`; a promise, so that reading need not wait for it. */
  constructor(programs: WindowsPrograms, owner: Promise<string>) {
    this.#programs = programs;
    this.#reader = new WindowsReader(programs);
    this.#owner = owner;
    this.#scripts = new ScriptLedger(programs.windowsFolder, owner);
  }

  /** Starts the first read now; the next {@link snapshot} takes it. */
  prefetch(signal?: AbortSignal): void {
    this.#prefetched = this.#readAll(signal);
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

  /** Removes the scripts of ours that are left, but for those that a later run needs. Never throws. */
  async removeScripts(): Promise<void> {
    await this.#scripts.clear();
  }

  /** Reads entries, claims, reserved ports, Windows' own listeners and the state of IP Helper, side by side. */
  async snapshot(signal?: AbortSignal): Promise<HostSnapshot> {
    const prefetched = this.#prefetched;
    this.#prefetched = null;
    const left = this.#isExclusive ? await this.#scripts.readLeft() : null;
    if (left !== null) {
      await prefetched?.catch(() => {});
      const snapshot = await this.#readSettled(signal);
      const unfinished = await this.#chooseOurs(left);
      const named = claimedEntries(unfinished);
      if (snapshot.foreign.some((entry) => named.has(entry))) this.#scripts.keepLeft();
      else await this.removeScripts();
      this.#isExclusive = false;
      return { ...snapshot, unfinished };
    }
    this.#isExclusive = false;
    return await (prefetched ?? this.#readAll(signal));
  }

  async #readSettled(signal?: AbortSignal): Promise<HostSnapshot> {
    let last = await this.#readAll(signal);
    for (let i = 0; i < MAX_SETTLE_READS; i++) {
      await delay(SETTLE_MS, { signal });
      const next = await this.#readAll(signal);
      if (describeHeld(next) === describeHeld(last)) return next;
      last = next;
    }
    return last; // Somebody else changes entries all the time.
  }

  async #readAll(signal?: AbortSignal): Promise<HostSnapshot> {
    const [{ entries, unread }, claims, excluded, ports] = await Promise.all([
      this.#reader.readTable(signal),
      this.#reader.readClaims(signal),
      this.#reader.readExcluded(signal),
      this.#reader.readPorts(signal),
    ]);
    const ours = await this.#chooseOurs(claims);
    const claimed = claimedEntries(ours);
    const foreign = entries.filter((entry) => !claimed.has(entry));
    this.#scripts.noteSeen(entries);
    return {
      abilities: ABILITIES,
      entries,
      claims: ours,
      foreign,
      unread,
      excluded: { ...NO_PORTS, tcp: excluded },
      ...ports,
      unfinished: [],
    };
  }

  /** Reads our claims, Windows' own listeners and the state of IP Helper, side by side. */
  async check(signal?: AbortSignal): Promise<HostCheck> {
    const [claims, ports] = await Promise.all([
      this.#reader.readClaims(signal),
      this.#reader.readPorts(signal),
    ]);
    return { ...ports, claims: await this.#chooseOurs(claims) };
  }

  async #chooseOurs(claims: readonly HeldClaim[]): Promise<HeldClaim[]> {
    const owner = await this.#owner;
    return claims.filter((claim) => claim.owner === owner);
  }

  /** Reads the claims of every owner. Throws SnapshotError. */
  readClaims(signal?: AbortSignal): Promise<HeldClaim[]> {
    return this.#reader.readClaims(signal);
  }

  /** The name of a process of Windows; null where it cannot be told. Never rejects. Hostile text. */
  processName(pid: number): Promise<string | null> {
    return readProcessName(this.#programs, pid, NAME_TIMEOUT_MS);
  }

  /**
   * One netsh runs a script with all changes; where no protected place for a script can be had, one netsh each. netsh goes on
   * after a line that failed, so that an entry may be there without its claim: until that was mended the script is kept, and
   * tells a later run whose the entry is.
   */
  async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    const started = performance.now();
    const script = await this.#scripts.tryWrite(netshScript(plan));
    if (script === null) {
      const seen = await this.#applySingly(plan, signal);
      return { ...seen, durationMs: performance.now() - started };
    }
    try {
      const seen = await this.#applyScript(plan, script.windowsPath, signal);
      if (seen.succeeded) await this.#scripts.noteSuccess(script);
      else this.#scripts.noteFailure(script);
      return { ...seen, durationMs: performance.now() - started };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.cause instanceof CommandError && error.cause.reason === "start") await script.remove();
      else if (!error.mayStillHappen) this.#scripts.noteFailure(script);
      else this.#scripts.noteCutOff(script, claimsMade(plan));
      throw error;
    }
  }

  async #applyScript(plan: readonly Operation[], windowsPath: string, signal?: AbortSignal): Promise<Seen> {
    const timeoutMs = APPLY_TIMEOUT_MS + APPLY_TIMEOUT_EACH_MS * plan.length;
    const result = await this.#change(["-f", windowsPath], timeoutMs, signal);
    if (result.exitCode > 128) throw new HostError("netsh", "netsh was killed", true, true);
    const images = identifyImages(parseChange(result, findTables), plan);
    if (images === null) throw unreadable("it does not show the entries before and after");
    return { ...images, succeeded: result.exitCode === 0 };
  }

  async #applySingly(plan: readonly Operation[], signal?: AbortSignal): Promise<Seen> {
    const show = async () => {
      const result = await this.#change(SHOW_ENTRIES, READ_TIMEOUT_MS, signal);
      if (result.exitCode !== 0) throw unreadable(new EndError(result).message);
      return parseChange(result, parseTable).entries;
    };
    const before = await show();
    let succeeded = true;
    const unclaimed = new EntryIndex();
    for (const operation of plan) {
      // Where a claim was refused, nobody would know its entry for ours.
      if (operation.kind === "add-entry" && unclaimed.has(operation.entry)) continue;
      const result = await this.#change(netshWords(operation), APPLY_TIMEOUT_MS, signal);
      if (result.exitCode === 0) continue;
      succeeded = false;
      if (operation.kind === "add-claim") entriesOf(operation.claim).forEach((entry) => unclaimed.add(entry));
    }
    return { before, after: await show(), succeeded };
  }

  async #change(args: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<CommandResult> {
    let result: CommandResult;
    try {
      result = await this.#programs.run("netsh.exe", args, timeoutMs, signal);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const message = `Cannot change rules on Windows: ${messageOf(error)}`;
      throw new HostError("netsh", message, true, error.reason !== "start", { cause: error });
    }
    if (!isInteropFailure(result)) return result;
    throw new HostError(
      "netsh",
      "Cannot change rules on Windows: netsh was cut off with its session",
      true,
      true,
    );
  }
}

function describeHeld({ entries, claims }: HostSnapshot): string {
  return JSON.stringify([entries.map(formatEntry), claims.map((claim) => claim.name).sort()]);
}

function claimsMade(plan: readonly Operation[]): HeldClaim[] {
  return plan.flatMap((operation) => operation.kind === "add-claim" ? [operation.claim] : []);
}

/** What an apply saw, without how long it took. */
type Seen = Omit<ApplyReport, "durationMs">;

function parseChange<T>(result: CommandResult, parse: (output: string) => T): T {
  try {
    return parse(decodeOutput(result.stdout));
  } catch (error) {
    if (error instanceof OutputSyntaxError) throw unreadable(error.message);
    throw error;
  }
}

function unreadable(found: string): HostError {
  return new HostError("netsh", `Cannot tell what netsh changed: ${found}`, true, false);
}
