import type { HostSnapshot } from "../../contracts/host.ts";
import { EntryIndex, type FixedIndex } from "../../plan/rules/entry_index.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import { NONE_REFUSED, type Refusals } from "./refused.ts";

/** Two reads of a pending port must agree over this time, in milliseconds. */
const PENDING_AGREE_MS = 30_000;

/** A port of which the end of a change is not known. */
export interface PendingPort {
  /** What Windows was told about it, in this order. */
  readonly operations: readonly Operation[];
  /** What the port looked like when it was last read, and since when; null where it was not read since. */
  readonly seen: { readonly text: string; readonly sinceMs: number } | null;
}

/** What is remembered whether it is known what Windows holds or not. A value: nobody changes it once it is made. */
export interface Memory {
  /**
   * The ports (see operationKey) of changes that may still happen: their client was killed here, and Windows can go on. They are left alone
   * until the change shows, or two reads agree on them.
   */
  readonly pending: ReadonlyMap<string, PendingPort>;
  /** The entries that a claim of ours named, or that we made, and that are there unchanged since. */
  readonly ours: FixedIndex;
  /** The entries that the claims named that were read last, whether they were there or not. */
  readonly claimed: Pick<FixedIndex, "has">;
  /** What an earlier run left unfinished, as {@link ours}, and until when that counts. */
  readonly unfinished: { readonly entries: Pick<FixedIndex, "has">; readonly endMs: number };
  /** Entries of others that we ran over and that are not back yet, by their key. */
  readonly toRestore: ReadonlyMap<string, Entry>;
  /** Whether Windows may refuse claims: making one failed last. Then no entry may be made together with its claim. */
  readonly areClaimsDoubtful: boolean;
  /** What Windows refused of ports that are open all the same. */
  readonly refused: Refusals;
  /** For how long two reads of a pending port must agree, in milliseconds. */
  readonly agreeMs: number;
}

/** It must be read what Windows holds before anything is changed. */
export interface Unknown extends Memory {
  /** Tells the two apart. */
  readonly isKnown: false;
}

/** It is known what Windows holds: the last snapshot, carried on by what each change reported. */
export interface Known extends Memory {
  /** Tells the two apart. */
  readonly isKnown: true;
  /** What it holds. */
  readonly snapshot: HostSnapshot;
}

/**
 * What we know of what Windows holds. It changes by these alone:
 *
 * | what happened                                    | what follows                                        |
 * | ------------------------------------------------ | --------------------------------------------------- |
 * | everything was read                              | `afterSnapshot`: known                              |
 * | a change reported                                | `afterApply`: known; unknown where a part failed    |
 * | it is not known what became of a change          | `afterFailure`: unknown, and pending if it may come |
 * | ports and claims were read beside a change       | `afterCheck`: unknown where a claim of ours is gone |
 * | what was seen is not what was believed           | `doubt`: unknown                                    |
 * | entries of others were run over, are back or lost| `owe`, `afterRestore`                               |
 * | Windows refused an entry of an open port, made it| `noteRefused`, `noteMade`                           |
 * | there is little time                             | `hurry`                                             |
 */
export type Knowledge = Unknown | Known;

/** Before the first read. */
export const NOTHING_KNOWN: Unknown = {
  isKnown: false,
  pending: new Map(),
  ours: new EntryIndex(),
  claimed: new EntryIndex(),
  unfinished: { entries: new EntryIndex(), endMs: -Infinity },
  toRestore: new Map(),
  areClaimsDoubtful: false,
  refused: NONE_REFUSED,
  agreeMs: PENDING_AGREE_MS,
};
