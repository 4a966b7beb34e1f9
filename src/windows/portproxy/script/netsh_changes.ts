import { type ApplyReport, HostError } from "../../../contracts/host.ts";
import { entriesOf, type HeldClaim } from "../../../plan/claims/claim.ts";
import { EntryIndex } from "../../../plan/rules/entry_index.ts";
import type { Operation } from "../../../plan/changes/operation.ts";
import { CommandError, type CommandResult, messageOf } from "../../../process/command.ts";
import { isInteropFailure } from "../../../wsl/interop_failure.ts";
import type { WindowsPrograms } from "../../../wsl/windows_programs.ts";
import { describeEnd, EndError } from "../../run/describe_end.ts";
import { decodeOutput } from "../../run/output_text.ts";
import { OutputSyntaxError } from "../../run/syntax_error.ts";
import { netshScript, netshWords, SHOW_ENTRIES } from "./netsh_words.ts";
import { findTables, parseTable } from "../table/portproxy_table.ts";
import { describeScriptEnd, identifyImages } from "./script_images.ts";
import type { ScriptLedger } from "./script_ledger.ts";
import { READ_TIMEOUT_MS } from "../windows_reader.ts";

/** How long a netsh that changes may take: so much, and so much more for each change, in milliseconds. */
const APPLY_TIMEOUT_MS = 15_000, APPLY_TIMEOUT_EACH_MS = 100;

/**
 * Changes rules by netsh. One netsh runs a script with all changes; where no protected place for a script can be had, one
 * netsh each. netsh goes on after a line that failed, so that an entry may be there without its claim: until that was mended
 * the script is kept, and tells a later run whose the entry is.
 */
export class NetshChanges {
  readonly #programs: WindowsPrograms;
  readonly #scripts: ScriptLedger;

  /** `scripts`: where scripts lie, and what came of them. */
  constructor(programs: WindowsPrograms, scripts: ScriptLedger) {
    this.#programs = programs;
    this.#scripts = scripts;
  }

  /** Makes them. Throws HostError where it is not known what became of them. */
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
