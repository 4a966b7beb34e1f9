import type { ApplyReport } from "../../contracts/host.ts";
import type { HeldClaim } from "../../plan/claims/claim.ts";
import { changeClaims, claimedEntries } from "../../plan/claims/claim_index.ts";
import { type Entry, sameEntry } from "../../plan/rules/entry.ts";
import { EntryIndex, type FixedIndex, indexEntries, indexInSlices } from "../../plan/rules/entry_index.ts";
import { type Operation, operationKey } from "../../plan/changes/operation.ts";
import type { Sliced } from "../../plan/slices.ts";
import { doubt } from "./doubt.ts";
import type { Knowledge, Known, Memory } from "./knowledge.ts";
import { foreignEntries, oursAmong, ownEntries } from "./ownership.ts";

/** What is known once a plan ran and reported. Where an operation failed, what is held must be read again. */
export function* afterApply(
  knowledge: Knowledge,
  plan: readonly Operation[],
  report: ApplyReport,
): Sliced<Knowledge> {
  const { succeeded, after } = report;
  const areClaimsDoubtful = makesClaims(plan) ? !succeeded : knowledge.areClaimsDoubtful;
  if (!knowledge.isKnown) return { ...knowledge, areClaimsDoubtful };
  const { all, kept } = claimsAfter(knowledge.snapshot.claims, plan);
  // Where not all was done, a claim that was to go may still be there.
  const ours = yield* oursAfter(knowledge, report, succeeded ? kept : all);
  if (!succeeded) return { ...doubt(knowledge), ours, areClaimsDoubtful };
  const held = { entries: after, claims: kept };
  const foreign = keepSame(knowledge.snapshot.foreign, yield* foreignEntries(held));
  const snapshot = { ...knowledge.snapshot, ...held, foreign, unfinished: [] };
  return { ...knowledge, snapshot, ours, areClaimsDoubtful };
}

/** What is known once it is not known what became of a plan. `mayStillHappen`: it can take effect later. */
export function afterFailure(
  knowledge: Knowledge,
  plan: readonly Operation[],
  mayStillHappen: boolean,
): Knowledge {
  const { entries, claims } = knowledge.isKnown ? knowledge.snapshot : { entries: [], claims: [] };
  const there = indexEntries(entries);
  const added = plan.flatMap((each) => each.kind === "add-entry" ? [each.entry] : []);
  const made = ownEntries({ entries: added, claims: claimsAfter(claims, plan).all })
    .filter((entry) => !there.has(entry));
  return {
    ...doubt(knowledge),
    ours: new EntryIndex([...knowledge.ours, ...made]),
    pending: mayStillHappen ? pendingAfter(knowledge, plan) : knowledge.pending,
    areClaimsDoubtful: knowledge.areClaimsDoubtful || makesClaims(plan),
  };
}

/** The earlier list where the later one says the same: what was worked out from it holds, too. */
function keepSame(earlier: readonly Entry[], later: readonly Entry[]): readonly Entry[] {
  const isSame = earlier.length === later.length && earlier.every((entry, i) => sameEntry(entry, later[i]!));
  return isSame ? earlier : later;
}

function makesClaims(plan: readonly Operation[]): boolean {
  return plan.some(({ kind }) => kind === "add-claim");
}

/** The claims before a plan and those that it makes; and of `all` these, what it does not remove. */
function claimsAfter(
  claims: readonly HeldClaim[],
  plan: readonly Operation[],
): { readonly all: readonly HeldClaim[]; readonly kept: readonly HeldClaim[] } {
  const made = plan.flatMap((each) => each.kind === "add-claim" ? [each.claim] : []);
  const removed = plan.flatMap((each) => each.kind === "delete-claim" ? [each.claim] : []);
  const all = changeClaims(claims, made, []);
  return { all, kept: changeClaims(all, [], removed) };
}

/**
 * What stood there before with the words that we wanted is somebody else's; what of ours is still there stays ours, and so
 * does what a claim named when we read it: where that read had missed the entry, only the claim may be gone now.
 */
function* oursAfter(
  known: Known,
  { before, after }: ApplyReport,
  claims: readonly HeldClaim[],
): Sliced<FixedIndex> {
  const there = yield* indexInSlices(before), claimed = claimedEntries(claims);
  return yield* oursAmong(
    known,
    after,
    (entry) => known.claimed.has(entry) || claimed.has(entry) && !there.has(entry),
  );
}

function pendingAfter({ pending }: Memory, plan: readonly Operation[]): Memory["pending"] {
  const added = [...Map.groupBy(plan, operationKey)].map(([key, operations]) =>
    [key, { operations, seen: null }] as const
  );
  return new Map([...pending, ...added]);
}
