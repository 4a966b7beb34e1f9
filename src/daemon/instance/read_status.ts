import { entriesOf, type HeldClaim, isFirewallOnly, openingOf } from "../../plan/claims/claim.ts";
import { EntryIndex } from "../../plan/rules/entry_index.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import { readGuestNetwork } from "../../linux/netlink/rtnetlink.ts";
import { messageOf } from "../../process/command.ts";
import type { Protocol } from "../../net/endpoint.ts";
import { readPredecessorRules } from "../../windows/portproxy/clean_slate.ts";
import { askInstance, ForeignHolder, type InstanceAnswer } from "./instance_lock.ts";
import { findWindows } from "../open/open_windows.ts";

/** Whose an entry of Windows is. */
export type Holder =
  /** Claimed by this Windows user, while an instance runs. */
  | "ours"
  /** Claimed by this Windows user, leads to an address that this guest has no longer, and no instance runs. */
  | "left-over"
  /** Claimed by this Windows user, leads to this guest, and no instance runs: `--mode manual` or `--no-cleanup` left it open. */
  | "kept"
  /** Not claimed by this Windows user. */
  | "foreign";

/** What Windows holds. */
export interface HeldStatus {
  /** Every entry. */
  readonly entries: readonly (Entry & { readonly holder: Holder })[];
  /** Rows of the portproxy table that cannot be understood, as printed: somebody else's. */
  readonly unread: readonly string[];
  /** Ports that only the firewall stands before (mirrored mode), and that ours lets others in to; lowest first. */
  readonly openPorts: readonly {
    readonly protocol: Protocol;
    readonly port: number;
    readonly holder: Holder;
  }[];
  /** Claims whose entry is not there, though they have one. */
  readonly emptyClaims: readonly HeldClaim[];
  /** How many firewall rules wslfwd's predecessor left. */
  readonly predecessorRules: number;
  /** What cannot be told on this Windows, in one line; null where all can. Hostile text. */
  readonly limit: string | null;
}

/** What runs, and what Windows holds. */
export interface Status {
  /** What the running instance says of itself; null where none runs. */
  readonly instance: InstanceAnswer | null;
  /** Where something that is no wslfwd holds the lock: what to do about it; else null. */
  readonly stranger: string | null;
  /** What Windows holds; null where it cannot be asked. */
  readonly held: HeldStatus | null;
  /** Why Windows cannot be asked. */
  readonly doubt: string | null;
}

/** Asks the running instance and Windows, side by side. */
export async function readStatus(): Promise<Status> {
  const heldRead = readHeld().then(
    (held) => ({ held, doubt: null }),
    (error: unknown) => ({ held: null, doubt: messageOf(error) }),
  );
  const holder = await askHolder();
  const { held, doubt } = await heldRead;
  return { ...holder, held: held?.(holder.instance !== null) ?? null, doubt };
}

async function askHolder(): Promise<Pick<Status, "instance" | "stranger">> {
  try {
    return { instance: await askInstance(), stranger: null };
  } catch (error) {
    if (error instanceof ForeignHolder) return { instance: null, stranger: error.message };
    throw error;
  }
}

async function readHeld(): Promise<(isRunning: boolean) => HeldStatus> {
  const { host, programs } = await findWindows();
  const [snapshot, predecessorRules] = await Promise.all([host.snapshot(), readPredecessorRules(programs)]);
  const foreign = new EntryIndex(snapshot.foreign);
  const present = new EntryIndex(snapshot.entries);
  const entries = snapshot.entries.toSorted((a, b) => Number(a.listen.port) - Number(b.listen.port));
  const held = new Set(readGuestNetwork().addresses.map(({ address }) => address));
  return (isRunning) => ({
    entries: entries.map((entry) => ({
      ...entry,
      holder: foreign.has(entry)
        ? "foreign"
        : isRunning
        ? "ours"
        : held.has(entry.connect.address)
        ? "kept"
        : "left-over",
    })),
    unread: snapshot.unread.map(({ text }) => text),
    openPorts: snapshot.claims.filter(isFirewallOnly).map((claim) => ({
      protocol: openingOf(claim).protocol,
      port: Number(openingOf(claim).port),
      holder: (isRunning ? "ours" : "kept") as Holder,
    })).sort((a, b) => a.port - b.port),
    emptyClaims: snapshot.claims.filter((claim) => {
      // Entries of UDP are not in Windows' table: the wslfwd that runs has our program carry them.
      const isCarried = isRunning && openingOf(claim).protocol === "udp";
      return !isCarried && entriesOf(claim).some((entry) => !present.has(entry));
    }),
    predecessorRules,
    limit: host.limit,
  });
}
