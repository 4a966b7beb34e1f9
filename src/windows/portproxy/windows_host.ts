import { PortSet } from "../../net/port_set.ts";
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
  type HostWords,
  type SnapshotPart,
} from "../../contracts/host.ts";
import type { Ability } from "../../plan/ability.ts";
import { NO_PORTS } from "../../plan/host_view.ts";
import { netshScript, netshWords, SHOW_ENTRIES } from "./netsh_words.ts";
import { HOST_WORDS } from "./host_words.ts";
import { decodeOutput } from "../run/output_text.ts";
import { describeEnd, EndError } from "../run/describe_end.ts";
import { describeScriptEnd } from "./script_images.ts";
import { findTables, parseTable } from "./portproxy_table.ts";
import { readProcessName } from "../run/process_name.ts";
import { identifyImages } from "./script_images.ts";
import { ScriptLedger } from "./script_ledger.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";
import { isInteropFailure } from "../../wsl/interop_failure.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";
import { readSettled } from "./read_settled.ts";
import { READ_TIMEOUT_MS, WindowsReader } from "./windows_reader.ts";

/** How long the name of a process may take, in milliseconds: events wait for it, rules do not. */
const NAME_TIMEOUT_MS = 2000;

/** How long a netsh that changes may take: so much, and so much more for each change, in milliseconds. */
const APPLY_TIMEOUT_MS = 15_000, APPLY_TIMEOUT_EACH_MS = 100;

/** What portproxy and the firewall carry. Reading and changing it is the same whatever the networking mode leaves of it. */
export const ABILITIES: readonly Ability[] = [
  { name: "portproxy", targets: ["proxy"], protocols: ["tcp"], families: [4, 6] },
  { name: "firewall", targets: ["direct"], protocols: ["tcp", "udp"], families: [4] },
];

/** The portproxy entries and firewall rules of the Windows that this guest runs on. */
export class WindowsHost implements Host {
  /** What it calls its own. */
  readonly words: HostWords = HOST_WORDS;
  readonly #programs: WindowsPrograms;
  readonly #reader: WindowsReader;
  readonly #owner: Promise<string>;
  readonly #scripts: ScriptLedger;
  #prefetched: Promise<HostSnapshot> | null = null;
  #isExclusive = false;
  #isUnsettled = false;

  /** `owner`: whose claims are ours, see `ownerOf`; a promise, so that reading need not wait for it. */
  constructor(programs: WindowsPrograms, owner: Promise<string>) {
    this.#programs = programs;
    this.#reader = new WindowsReader(programs);
    this.#owner = owner;
    this.#scripts = new ScriptLedger(programs.windowsFolder, owner);
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
      const snapshot = await readSettled(() => this.#readPart(part, signal), signal);
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
    const [{ entries, unread }, claims, excluded, ports] = await Promise.all([
      this.#reader.readTable(signal),
      this.#reader.readClaims(signal),
      isAll ? this.#reader.readExcluded(signal) : PortSet.EMPTY,
      isAll ? this.#reader.readPorts(signal) : { taken: [], isForwarderRunning: true },
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

  /** What cannot be told on this Windows, in one line; null where all can, as far as it was tried. Hostile text. */
  get limit(): string | null {
    return this.#reader.limit;
  }

  /** Reads the claims of every owner. Throws SnapshotError. */
  readClaims(signal?: AbortSignal): Promise<readonly HeldClaim[]> {
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
    const report = await this.#apply(plan, signal).catch((error) => {
      this.#reader.noteChange(plan, false);
      throw error;
    });
    this.#reader.noteChange(plan, report.succeeded);
    return report;
  }

  async #apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
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
    if (result.exitCode === 0) return { ...images, succeeded: true };
    return { ...images, succeeded: false, failure: describeScriptEnd(result) };
  }

  async #applySingly(plan: readonly Operation[], signal?: AbortSignal): Promise<Seen> {
    const show = async () => {
      const result = await this.#change(SHOW_ENTRIES, READ_TIMEOUT_MS, signal);
      if (result.exitCode !== 0) throw unreadable(new EndError(result).message);
      return parseChange(result, parseTable).entries;
    };
    const before = await show();
    let failure: string | undefined;
    const unclaimed = new EntryIndex();
    for (const operation of plan) {
      // Where a claim was refused, nobody would know its entry for ours.
      if (operation.kind === "add-entry" && unclaimed.has(operation.entry)) continue;
      const result = await this.#change(netshWords(operation), APPLY_TIMEOUT_MS, signal);
      if (result.exitCode === 0) continue;
      failure ??= describeEnd(result);
      if (operation.kind === "add-claim") entriesOf(operation.claim).forEach((entry) => unclaimed.add(entry));
    }
    const seen = { before, after: await show() };
    return failure === undefined ? { ...seen, succeeded: true } : { ...seen, succeeded: false, failure };
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
