import type { HostSnapshot } from "../../contracts/host.ts";
import { openingOf } from "../../plan/claims/claim.ts";
import { claimedEntries } from "../../plan/claims/claim_index.ts";
import { EntryIndex } from "../../plan/rules/entry_index.ts";
import { describeHeld } from "../../plan/changes/agreement.ts";
import type { Held } from "../../plan/changes/operation.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import { openingKey } from "../../plan/claims/opening.ts";
import type { Sliced } from "../../plan/slices.ts";
import { isApplied } from "./is_applied.ts";
import type { Knowledge, Known, Memory, PendingPort } from "./knowledge.ts";
import { oursAmong } from "./ownership.ts";
import { refusedAt } from "./refused.ts";

/** How long what an earlier run left unfinished may still come, in milliseconds: at least one verification finds it. */
const UNFINISHED_MS = 90_000;

/** What is known once everything was read, at `nowMs` of the monotonic clock. */
export function* afterSnapshot(knowledge: Knowledge, snapshot: HostSnapshot, nowMs: number): Sliced<Known> {
  const claimed = claimedEntries(snapshot.claims);
  return {
    ...knowledge,
    isKnown: true,
    snapshot,
    unfinished: unfinishedAfter(knowledge, snapshot, nowMs),
    ours: yield* oursAmong(knowledge, snapshot.entries, (entry) => claimed.has(entry)),
    claimed,
    pending: pendingAfter(knowledge, snapshot, nowMs),
    refused: refusedAt(knowledge, nowMs),
  };
}

function unfinishedAfter(
  { unfinished }: Memory,
  snapshot: HostSnapshot,
  nowMs: number,
): Memory["unfinished"] {
  if (snapshot.unfinished.length > 0) {
    return { entries: claimedEntries(snapshot.unfinished), endMs: nowMs + UNFINISHED_MS };
  }
  return nowMs > unfinished.endMs ? { entries: new EntryIndex(), endMs: unfinished.endMs } : unfinished;
}

/**
 * What is still pending. One script makes all claims before the first entry: while any of the ports moves, one that stands
 * still proves nothing.
 */
function pendingAfter({ pending, agreeMs }: Memory, held: Held, nowMs: number): Memory["pending"] {
  if (pending.size === 0) return pending;
  const looks = lookAt(pending, held);
  const isMoving = looks.some(({ seen, text, isDone }) => isDone || (seen !== null && seen.text !== text));
  const left = new Map<string, PendingPort>();
  for (const { key, operations, seen, text, isDone } of looks) {
    const isAgreed = !isMoving && seen !== null && nowMs - seen.sinceMs >= agreeMs;
    if (isDone || isAgreed) continue;
    const isNew = isMoving || seen === null;
    left.set(key, { operations, seen: isNew ? { text, sinceMs: nowMs } : seen });
  }
  return left;
}

function lookAt(
  pending: ReadonlyMap<string, PendingPort>,
  held: Held,
): (PendingPort & { readonly key: string; readonly text: string; readonly isDone: boolean })[] {
  const keyOf = ({ listen }: Entry) => openingKey(listen);
  const entries = Map.groupBy(held.entries.filter((entry) => pending.has(keyOf(entry))), keyOf);
  const claims = Map.groupBy(held.claims, (claim) => openingKey(openingOf(claim)));
  return [...pending].map(([key, { operations, seen }]) => {
    const onPort: Held = { entries: entries.get(key) ?? [], claims: claims.get(key) ?? [] };
    return { key, operations, seen, text: describeHeld(onPort), isDone: isApplied(operations, onPort) };
  });
}
