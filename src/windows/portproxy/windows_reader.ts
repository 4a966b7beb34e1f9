import type { HostPorts } from "../../contracts/host.ts";
import { SnapshotError } from "../../contracts/snapshot_error.ts";
import type { Family } from "../../net/address.ts";
import type { Protocol } from "../../net/endpoint.ts";
import type { PortSet } from "../../net/port_set.ts";
import type { HeldClaim } from "../../plan/claims/claim.ts";
import type { HostListener } from "../../plan/desired/host_view.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { type CommandResult, messageOf } from "../../process/command.ts";
import { isInteropFailure } from "../../wsl/interop_failure.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";
import { parseClaims, QUERY_CLAIMS } from "../firewall/firewall_registry.ts";
import { parseShownClaims, SHOW_RULES, ShownClaims } from "../firewall/shown_rules.ts";
import { parseExcludedPorts, showExcludedPorts } from "../network/excluded_ports.ts";
import { parseServiceState } from "../network/service_state.ts";
import { parseWindowsListeners, SHOW_LISTENERS } from "../network/windows_listeners.ts";
import { EndError } from "../run/describe_end.ts";
import { decodeOutput } from "../run/output_text.ts";
import { GLANCE, parseGlance, type SeenAtAGlance } from "./glance.ts";
import { SHOW_ENTRIES } from "./script/netsh_words.ts";
import { parseRegistryEntries, PROBE_REGISTRY, QUERY_ENTRIES } from "./table/portproxy_registry.ts";
import { parseTable, type PortproxyTable } from "./table/portproxy_table.ts";

/** How long one program that reads may take, in milliseconds. A dead interop answers after about 10 s. */
export const READ_TIMEOUT_MS = 15_000;

/** How long netsh may take to show every rule of the firewall, in milliseconds. */
const SHOW_TIMEOUT_MS = 90_000;

/** Reads what Windows holds, by a program or two for each thing. Every method throws SnapshotError. */
export class WindowsReader {
  readonly #programs: WindowsPrograms;
  readonly #shown = new ShownClaims();
  #limit: string | null = null;

  /** Starts nothing. */
  constructor(programs: WindowsPrograms) {
    this.#programs = programs;
  }

  /**
   * What netsh shows, or, where that cannot be read or has rows that cannot be understood, what the registry holds: there
   * nothing is ambiguous, and no noise of netsh is in it. But not every Windows lets us read it.
   */
  async readTable(signal?: AbortSignal): Promise<PortproxyTable> {
    const what = "the portproxy entries";
    const shown = await this.#read(what, "netsh.exe", SHOW_ENTRIES, parseTable, signal).catch(
      (error: SnapshotError) => error,
    );
    if (!(shown instanceof SnapshotError) && shown.unread.length === 0) return shown;
    try {
      return await this.#read(what, "reg.exe", QUERY_ENTRIES, parseRegistryTable, signal) ??
        await this.#read(what, "reg.exe", PROBE_REGISTRY, parseNoTable, signal);
    } catch {
      if (shown instanceof SnapshotError) throw shown;
      return shown;
    }
  }

  /**
   * The claims of every owner: as the registry holds the firewall's rules, or, where it may not be read, as netsh shows them,
   * which takes long and is not asked every time.
   */
  async readClaims(signal?: AbortSignal): Promise<readonly HeldClaim[]> {
    const what = "the firewall rules";
    try {
      const claims = await this.#read(what, "reg.exe", QUERY_CLAIMS, readRegistryClaims, signal);
      this.#limit = null;
      return claims;
    } catch (error) {
      // Only where reg.exe itself says no: one that was cut off with its session, or whose output was, says nothing.
      const isRefused = error instanceof SnapshotError && error.cause instanceof EndError;
      if (!isRefused || signal?.aborted) throw error;
      const claims = this.#shown.recall(Date.now()) ??
        await this.#read(what, "netsh.exe", SHOW_RULES, parseShownClaims, signal, SHOW_TIMEOUT_MS)
          .catch(() => null);
      if (claims === null) throw error;
      if (this.#shown.recall(Date.now()) === null) this.#shown.note(claims, Date.now());
      this.#limit =
        `the registry cannot be read (${
          messageOf(error.cause)
        }), so the firewall's rules are asked of netsh: ` +
        "what others delete there is noticed later, and doctor cannot tell what else keeps the LAN out";
      return claims;
    }
  }

  /** What cannot be told on this Windows, in one line; null where all can, as far as it was tried. Hostile text. */
  get limit(): string | null {
    return this.#limit;
  }

  /** A change was made; all of it, or nobody knows what. */
  noteChange(plan: readonly Operation[], succeeded: boolean): void {
    this.#shown.noteChange(plan, succeeded);
  }

  /** The ports of a protocol that Windows lets nobody have by one family. */
  readExcluded(family: Family, signal?: AbortSignal, protocol: Protocol = "tcp"): Promise<PortSet> {
    const what = `the reserved ports${family === 4 ? "" : " of IPv6"}`;
    return this.#read(what, "netsh.exe", showExcludedPorts(family, protocol), parseExcludedPorts, signal);
  }

  /** Windows' own listeners, what IP Helper listens on, and its state, side by side. */
  async readPorts(signal?: AbortSignal): Promise<HostPorts & { readonly heard: readonly HostListener[] }> {
    const [listeners, helper] = await Promise.all([
      this.#read("the ports of Windows", "netstat.exe", SHOW_LISTENERS, parseWindowsListeners, signal),
      this.#read("the IP Helper service", "sc.exe", ["queryex", "iphlpsvc"], parseServiceState, signal),
    ]);
    // What IP Helper listens on are portproxy entries, and those are judged as such.
    const taken = listeners.filter((listener) => listener.pid !== helper.pid);
    const heard = listeners.filter((listener) => listener.pid === helper.pid);
    return { taken, isForwarderRunning: helper.isRunning, heard };
  }

  /** Entries, claims and who listens, by one program. */
  glance(signal?: AbortSignal): Promise<SeenAtAGlance> {
    const parse = (stdout: string, { exitCode }: CommandResult) => parseGlance(stdout, exitCode);
    return this.#read("what Windows holds", "cmd.exe", GLANCE, parse, signal);
  }

  async #read<T>(
    what: string,
    program: string,
    args: readonly string[],
    parse: (stdout: string, result: CommandResult) => T,
    signal?: AbortSignal,
    timeoutMs: number = READ_TIMEOUT_MS,
  ): Promise<T> {
    try {
      const result = await this.#programs.run(program, args, timeoutMs, signal);
      if (isInteropFailure(result)) throw new Error(`${program} was cut off with its session`);
      // An empty line is all that netsh prints of an empty table. reg ends with 1 where there is nothing to find.
      if (result.exitCode !== 0 && program !== "reg.exe" && program !== "cmd.exe") throw new EndError(result);
      return parse(decodeOutput(result.stdout), result);
    } catch (error) {
      throw new SnapshotError("windows", `Cannot read ${what}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** reg.exe ends with 1 where there is nothing to find, and where it may not look: then it says so on stderr. */
function readRegistryClaims(stdout: string, result: CommandResult): HeldClaim[] {
  const stderr = decodeOutput(result.stderr);
  if (stderr.trim() !== "") throw new EndError(result);
  return parseClaims(result.exitCode, stdout, stderr);
}

/** Null where there is no key, or it may not be read: {@link PROBE_REGISTRY} tells. */
function parseRegistryTable(stdout: string, { exitCode }: CommandResult): PortproxyTable | null {
  return exitCode === 0 ? parseRegistryEntries(stdout) : null;
}

/** The table of a Windows that has no key for it: where reg.exe answers other questions. */
function parseNoTable(_: string, result: CommandResult): PortproxyTable {
  if (result.exitCode !== 0) throw new EndError(result);
  return { entries: [], unread: [] };
}
