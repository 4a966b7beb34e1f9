import type { HeldClaim } from "../../plan/claims/claim.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { EntryIndex } from "../../plan/rules/entry_index.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import { netshWords } from "./script/netsh_words.ts";
import { decodeOutput } from "../run/output_text.ts";
import {
  countPredecessorRules,
  DELETE_PREDECESSOR_RULES,
  QUERY_PREDECESSOR_RULES,
} from "./predecessor_rules.ts";
import type { WindowsHost } from "./windows_host.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";

/** How long one program may take, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** Everything on Windows that forwards ports, whoever made it. */
export interface Slate {
  /** Every v4tov4 entry. */
  readonly entries: readonly Entry[];
  /** The claims of every Windows user. */
  readonly claims: readonly HeldClaim[];
  /** How many firewall rules the predecessor left. */
  readonly predecessorRules: number;
}

/** Reads it. Throws SnapshotError. */
export async function readSlate(host: WindowsHost, programs: WindowsPrograms): Promise<Slate> {
  const [{ entries }, claims, predecessorRules] = await Promise.all([
    host.snapshot(undefined, "held"),
    host.readClaims(),
    readPredecessorRules(programs),
  ]);
  return { entries, claims, predecessorRules };
}

/** How many firewall rules the predecessor left; 0 where that cannot be read. Throws CommandError. */
export async function readPredecessorRules(programs: WindowsPrograms): Promise<number> {
  const result = await programs.run("reg.exe", QUERY_PREDECESSOR_RULES, TIMEOUT_MS);
  return countPredecessorRules(decodeOutput(result.stdout));
}

/**
 * Parts the entries that netsh would take from us from those that hold words that we do not say: netsh stores anything.
 */
export function sortEntries(entries: readonly Entry[]): { sayable: Entry[]; unsayable: Entry[] } {
  const { sayable = [], unsayable = [] } = Object.groupBy(entries, (entry) => {
    try {
      netshWords({ kind: "add-entry", entry });
      return "sayable";
    } catch (error) {
      if (error instanceof RangeError) return "unsayable";
      throw error;
    }
  });
  return { sayable, unsayable };
}

/**
 * Deletes it all, entry by entry and rule by rule: a reset of netsh would also take the other families. All entries have to
 * be sayable. Returns those that are still there. Throws HostError.
 */
export async function wipeSlate(
  slate: Slate,
  host: WindowsHost,
  programs: WindowsPrograms,
): Promise<Entry[]> {
  const plan: Operation[] = [
    ...slate.entries.map((entry) => ({ kind: "delete-entry", entry }) as const),
    ...slate.claims.map((claim) => ({ kind: "delete-claim", claim }) as const),
  ];
  let kept: Entry[] = [];
  if (plan.length > 0) {
    const { after } = await host.apply(plan);
    const left = new EntryIndex(after);
    kept = slate.entries.filter((entry) => left.has(entry));
  }
  if (slate.predecessorRules > 0) await programs.run("netsh.exe", DELETE_PREDECESSOR_RULES, TIMEOUT_MS);
  return kept;
}
