import type { Operation } from "../plan/operation.ts";
import { CommandError, type CommandResult, messageOf } from "../process/command.ts";
import {
  type ApplyReport,
  type Host,
  HostError,
  type HostSnapshot,
  SnapshotError,
} from "../reconcile/ports.ts";
import { type Entry, formatEntry } from "../plan/rule.ts";
import { parseExcludedPorts, SHOW_EXCLUDED_PORTS } from "./excluded_ports.ts";
import { parseClaims, QUERY_CLAIMS } from "./firewall_registry.ts";
import { netshScript, netshWords, SHOW_ENTRIES } from "./netsh_words.ts";
import { decodeOutput } from "./output_text.ts";
import { findTables, parseEntries } from "./portproxy_table.ts";
import { writeScript } from "./protected_folder.ts";
import { identifyImages } from "./script_images.ts";
import { parseServiceState } from "./service_state.ts";
import { OutputSyntaxError } from "./syntax_error.ts";
import { parseWindowsListeners } from "./windows_listeners.ts";
import { isInteropFailure, type WindowsPrograms } from "./windows_programs.ts";

/** How long one program that reads may take, in milliseconds. A dead interop answers after about 10 s. */
const READ_TIMEOUT_MS = 15_000;

/** How long a netsh that changes may take: so much, and so much more for each change, in milliseconds. */
const APPLY_TIMEOUT_MS = 15_000, APPLY_TIMEOUT_EACH_MS = 100;

/** What to do when Windows programs do not start. */
const INTEROP_REMEDY =
  "check `[interop]` in /etc/wsl.conf, or run `wsl --shutdown` in Windows and start again";

/** The portproxy entries and firewall rules of the Windows that this guest runs on. */
export class WindowsHost implements Host {
  readonly #programs: WindowsPrograms;
  readonly #owner: string;

  /** `owner`: whose claims are ours, see `ownerOf`. */
  constructor(programs: WindowsPrograms, owner: string) {
    this.#programs = programs;
    this.#owner = owner;
  }

  /** Reads entries, claims, Windows' own listeners, its reserved ports and the state of IP Helper, side by side. */
  async snapshot(): Promise<HostSnapshot> {
    const [entries, claims, listeners, excluded, helper] = await Promise.all([
      this.#read("the portproxy entries", "netsh.exe", SHOW_ENTRIES, parseEntries),
      this.#read(
        "the firewall rules",
        "reg.exe",
        QUERY_CLAIMS,
        (stdout, result) => parseClaims(result.exitCode, stdout, decodeOutput(result.stderr)),
      ),
      this.#read("the ports of Windows", "netstat.exe", ["-ano", "-p", "TCP"], parseWindowsListeners),
      this.#read("the reserved ports", "netsh.exe", SHOW_EXCLUDED_PORTS, parseExcludedPorts),
      this.#read("the IP Helper service", "sc.exe", ["queryex", "iphlpsvc"], parseServiceState),
    ]);
    const ours = claims.filter((claim) => claim.owner === this.#owner);
    const claimed = new Set(ours.map((claim) => formatEntry(claim.rule)));
    return {
      entries,
      claims: ours,
      foreign: entries.filter((entry) => !claimed.has(formatEntry(entry))),
      // What IP Helper listens on are portproxy entries, and those are judged as such.
      taken: listeners.filter((listener) => listener.pid !== helper.pid),
      excluded,
      isForwarderRunning: helper.isRunning,
    };
  }

  /** One netsh runs a script with all changes; where no protected place for a script can be had, one netsh each. */
  async apply(plan: readonly Operation[]): Promise<ApplyReport> {
    const started = performance.now();
    const script = await this.#tryWriteScript(plan);
    const report = script === null
      ? await this.#applySingly(plan)
      : await this.#applyScript(plan, script.windowsPath)
        .finally(() => void script.remove());
    return { ...report, durationMs: performance.now() - started };
  }

  async #tryWriteScript(plan: readonly Operation[]) {
    const folder = this.#programs.windowsFolder;
    if (folder === null) return null;
    const text = netshScript(plan);
    try {
      return await writeScript(folder, text);
    } catch {
      return null; // An unelevated or absent mount, or a full disk: single commands need no file.
    }
  }

  async #applyScript(
    plan: readonly Operation[],
    windowsPath: string,
  ): Promise<Omit<ApplyReport, "durationMs">> {
    const timeoutMs = APPLY_TIMEOUT_MS + APPLY_TIMEOUT_EACH_MS * plan.length;
    const result = await this.#change(["-f", windowsPath], timeoutMs);
    const tables = this.#parseChange(result, findTables);
    const images = identifyImages(tables, plan);
    if (images === null) throw unreadable("it does not show the entries before and after");
    return { ...images, succeeded: result.exitCode === 0 };
  }

  async #applySingly(plan: readonly Operation[]): Promise<Omit<ApplyReport, "durationMs">> {
    const show = async () =>
      this.#parseChange(await this.#change(SHOW_ENTRIES, READ_TIMEOUT_MS), parseEntries);
    const before: Entry[] = await show();
    let succeeded = true;
    for (const operation of plan) {
      const result = await this.#change(netshWords(operation), APPLY_TIMEOUT_MS);
      succeeded &&= result.exitCode === 0;
    }
    return { before, after: await show(), succeeded };
  }

  async #change(args: readonly string[], timeoutMs: number): Promise<CommandResult> {
    let result: CommandResult;
    try {
      result = await this.#programs.run("netsh.exe", args, timeoutMs);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const mayStillHappen = error.reason !== "start";
      throw new HostError("netsh", `Cannot change rules on Windows: ${error.message}`, true, mayStillHappen, {
        cause: error,
      });
    }
    if (!isInteropFailure(result)) return result;
    throw new HostError(
      "netsh",
      `Cannot change rules: Windows programs do not start; ${INTEROP_REMEDY}`,
      true,
      false,
    );
  }

  #parseChange<T>(result: CommandResult, parse: (output: string) => T): T {
    try {
      return parse(decodeOutput(result.stdout));
    } catch (error) {
      if (error instanceof OutputSyntaxError) throw unreadable(error.message);
      throw error;
    }
  }

  async #read<T>(
    what: string,
    program: string,
    args: readonly string[],
    parse: (stdout: string, result: CommandResult) => T,
  ): Promise<T> {
    try {
      const result = await this.#programs.run(program, args, READ_TIMEOUT_MS);
      if (isInteropFailure(result)) {
        throw new SnapshotError(program, `Windows programs do not start; ${INTEROP_REMEDY}`);
      }
      return parse(decodeOutput(result.stdout), result);
    } catch (error) {
      throw new SnapshotError(program, `Cannot read ${what}: ${messageOf(error)}`, { cause: error });
    }
  }
}

function unreadable(found: string): HostError {
  return new HostError("netsh", `Cannot tell what netsh changed: ${found}`, true, false);
}
