import type { ApplyReport, HostSnapshot } from "../../../../src/contracts/host.ts";
import type { HeldClaim } from "../../../../src/plan/claims/claim.ts";
import { type Entry, formatEntry } from "../../../../src/plan/rules/entry.ts";
import type { Operation } from "../../../../src/plan/changes/operation.ts";
import { afterApply as applyInSlices } from "../../../../src/reconcile/knowledge/after_apply.ts";
import { afterSnapshot as readInSlices } from "../../../../src/reconcile/knowledge/after_snapshot.ts";
import { finish } from "../../../../src/plan/slices.ts";
import { type Knowledge, type Known, NOTHING_KNOWN } from "../../../../src/reconcile/knowledge/knowledge.ts";
import { foreignEntries, unclaimedEntries } from "../../../../src/reconcile/knowledge/ownership.ts";
import { claim, entry, FREE_HOST } from "../../plan/samples.ts";

/** `0.0.0.0:80 -> guest:80`, by its port. */
export const AT_80 = "0.0.0.0:80 -> 172.23.21.232:80", AT_81 = "0.0.0.0:81 -> 172.23.21.232:81";

/** What somebody else may have there. */
export const THEIRS_80 = "0.0.0.0:80 -> 192.168.7.7:80";

/** A Windows that holds these entries, and our claims on those. */
export function snapshotOf(
  entries: readonly string[],
  claims: readonly string[],
  unfinished: readonly string[] = [],
): HostSnapshot {
  const held = { entries: entries.map((text) => entry(text)), claims: claims.map((text) => claim(text)) };
  return {
    ...FREE_HOST,
    ...held,
    foreign: finish(foreignEntries(held)),
    isForwarderRunning: true,
    unfinished: unfinished.map((text) => claim(text)),
  };
}

/** What follows from a read, at once. */
export function afterSnapshot(...read: Parameters<typeof readInSlices>): Known {
  return finish(readInSlices(...read));
}

/** What follows from a change, at once. */
export function afterApply(...change: Parameters<typeof applyInSlices>): Knowledge {
  return finish(applyInSlices(...change));
}

/** What is known where such a Windows was read at 0 ms. */
export function knowing(entries: readonly string[], claims: readonly string[]): Known {
  return afterSnapshot(NOTHING_KNOWN, snapshotOf(entries, claims), 0);
}

/** What a change reported. */
export function report(before: readonly string[], after: readonly string[], succeeded = true): ApplyReport {
  const list = (texts: readonly string[]): Entry[] => texts.map((text) => entry(text));
  return { before: list(before), after: list(after), succeeded, durationMs: 100 };
}

/** Makes a claim and its entry. */
export function making(text: string): Operation[] {
  return [{ kind: "add-claim", claim: claim(text) }, { kind: "add-entry", entry: entry(text) }];
}

/** Removes an entry and its claim. */
export function removing(text: string): Operation[] {
  return [{ kind: "delete-entry", entry: entry(text) }, { kind: "delete-claim", claim: claim(text) }];
}

/** What is pending, ours, and ours without a claim, as text. */
export function show(knowledge: Knowledge): Readonly<Record<string, unknown>> {
  return {
    isKnown: knowledge.isKnown,
    pending: [...knowledge.pending.keys()],
    ours: [...knowledge.ours].map(formatEntry),
    ...knowledge.isKnown && { unclaimed: unclaimedEntries(knowledge).map(formatEntry) },
  };
}

/** The claims without those on a port. */
export function without(claims: readonly HeldClaim[], text: string): HeldClaim[] {
  const { name } = claim(text);
  return claims.filter((each) => each.name !== name);
}
