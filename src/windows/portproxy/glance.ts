import type { HeldClaim } from "../../plan/claims/claim.ts";
import type { HostListener } from "../../plan/desired/host_view.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import { parseClaims, QUERY_CLAIMS } from "../firewall/firewall_registry.ts";
import { parseWindowsListeners, SHOW_LISTENERS } from "../network/windows_listeners.ts";
import { parseRegistryEntries, QUERY_ENTRIES } from "./table/portproxy_registry.ts";

const SYSTEM32 = "C:\\Windows\\System32";

/** What parts the answers of two programs. */
const MARK = "wslfwd-next";

/**
 * What to tell cmd.exe so that three programs answer in one go: to start a program of Windows costs this guest as much as all
 * three of them cost it. No word has a blank or a quote in it, which WSL would put into quotes that cmd.exe reads in its own way.
 */
export const GLANCE: readonly string[] = [
  ...["/d", "/c", `${SYSTEM32}\\netstat.exe`, ...SHOW_LISTENERS],
  ...["&", "echo", MARK, "&", `${SYSTEM32}\\reg.exe`, ...QUERY_ENTRIES],
  ...["&", "echo", MARK, "&", `${SYSTEM32}\\reg.exe`, ...QUERY_CLAIMS],
];

/** What a glance sees. */
export interface SeenAtAGlance {
  /** Every entry that can be understood. */
  readonly entries: readonly Entry[];
  /** The claims of every owner. */
  readonly claims: readonly HeldClaim[];
  /** Where programs of Windows listen, IP Helper among them. */
  readonly listening: readonly HostListener[];
}

/** Reads what cmd.exe prints for {@link GLANCE}. Throws OutputSyntaxError where something of it is not to be had. */
export function parseGlance(stdout: string, exitCode: number): SeenAtAGlance {
  const [sockets = "", table = "", rules = ""] = stdout.split(/^wslfwd-next[ \t]*\r?\n/m);
  return {
    listening: parseWindowsListeners(sockets),
    // A Windows without entries may have no key for them, and prints nothing then.
    entries: table.trim() === "" ? [] : parseRegistryEntries(table).entries,
    claims: parseClaims(exitCode, rules, ""),
  };
}
