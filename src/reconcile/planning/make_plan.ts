import { type Claim, claimOn } from "../../plan/claims/claim.ts";
import { claimsFirst } from "../../plan/claims/claims_first.ts";
import { desireInSlices } from "../../plan/desired/desired_rules.ts";
import type { Desired, Forward, SeenListener } from "../../plan/desired/forward.ts";
import { type FirewallScope, openingKey } from "../../plan/claims/opening.ts";
import { diffInSlices, type Limits } from "../../plan/changes/diff_rules.ts";
import { limitPlan } from "../../plan/changes/limit_plan.ts";
import { type Operation, subjectOf } from "../../plan/changes/operation.ts";
import type { Policy } from "../../plan/desired/policy.ts";
import { inSlices, type Sliced } from "../../plan/slices.ts";
import { extendForwards, type Kept } from "./linger.ts";
import type { Known } from "../knowledge/knowledge.ts";
import { unclaimedEntries } from "../knowledge/ownership.ts";
import { findPlaces } from "../knowledge/restore.ts";

/** What was seen in the guest. */
export interface Observation {
  /** What listens, with its programs as far as they are known. */
  readonly listeners: readonly SeenListener[];
  /** Where Windows connects to. */
  readonly guestAddress: string;
  /** Where else Windows has the guest's addresses as its own, in mirrored mode. Left out for none. */
  readonly beside?: readonly string[];
  /** When it was looked, by the monotonic clock. */
  readonly nowMs: number;
}

/** What the user wants. */
export interface Wishes {
  /** What may be reached, and by whom. */
  readonly policy: Policy;
  /** Whose claims are ours. */
  readonly owner: string;
  /** How long a rule outlives its listener, in milliseconds. */
  readonly lingerMs: number;
}

/** What bounds a plan. */
export interface Bounds {
  /** How many entries one change may make and delete. */
  readonly maxEntries: number;
  /** What was wanted before, and may linger. */
  readonly kept: Kept;
}

/** What is to be done, and what for. */
export interface MadePlan {
  /** What should be, and what not and why. */
  readonly desired: Desired;
  /** What should be, with what lingers. */
  readonly forwards: readonly Forward[];
  /** For the bounds of the next plan. */
  readonly kept: Kept;
  /** When the next of those that linger runs out; Infinity where none does. */
  readonly lingerEndMs: number;
  /** What to do now, in order; empty where nothing is to be done, or may be. */
  readonly plan: readonly Operation[];
}

/** No bounds: the whole of what there is to do. */
export const UNBOUNDED: Bounds = { maxEntries: Infinity, kept: { wanted: [], gone: [] } };

/** What should be, and what not and why, as far as listeners, policy and what is held decide. */
export function desire(
  { listeners, guestAddress, beside }: Observation,
  known: Known,
  policy: Policy,
): Sliced<Desired> {
  const { snapshot, pending, refused } = known;
  const wanted = policy.reach === "direct" && beside !== undefined ? { ...policy, beside } : policy;
  return desireInSlices(listeners, wanted, guestAddress, snapshot, new Set(pending.keys()), refused.now);
}

/**
 * What is to be done: what must be mended first, else what turns what is held into what should be. What is pending is left
 * alone; what is too much for one change waits for the next plan; where claims are in doubt, they are made first.
 * `wanted`: what of {@link desire} can be had; all of it where it is left out.
 */
export function* makePlan(
  observation: Observation,
  known: Known,
  wishes: Wishes,
  bounds: Bounds = UNBOUNDED,
  wanted?: Desired,
): Sliced<MadePlan> {
  const desired = wanted ?? (yield* desire(observation, known, wishes.policy));
  const { guestAddress, nowMs } = observation;
  const { lingerMs } = wishes;
  const { kept, forwards, endMs } = extendForwards(bounds.kept, desired, guestAddress, nowMs, lingerMs);
  const mending = planMending(known, bounds.maxEntries);
  const parts = { desired, forwards, kept, lingerEndMs: endMs };
  if (mending.length > 0) return { ...parts, plan: mending };
  const claims = yield* claimsFor(forwards, wishes);
  const plan = yield* diffInSlices(claims, known.snapshot, limitsOf(known, bounds.maxEntries));
  return { ...parts, plan: known.areClaimsDoubtful ? claimsFirst(plan) : plan };
}

/** The claims that were worked out, by the list of their forwards: the digests in their names take their time. */
const CLAIMS = new WeakMap<
  readonly Forward[],
  { readonly claims: readonly Claim[]; readonly owner: string; readonly scope: FirewallScope }
>();

function* claimsFor(
  forwards: readonly Forward[],
  { owner, policy: { scope } }: Wishes,
): Sliced<readonly Claim[]> {
  const made = CLAIMS.get(forwards);
  if (made !== undefined && made.owner === owner && made.scope === scope) return made.claims;
  const claims: Claim[] = [];
  yield* inSlices(forwards, ({ rules }) => claims.push(claimOn(rules, owner, scope)));
  CLAIMS.set(forwards, { claims, owner, scope });
  return claims;
}

/**
 * What must be put right before anything else: entries of ours without a claim go, entries of others that we ran over come
 * back. It needs no look at the guest.
 */
export function planMending(known: Known, maxEntries: number): Operation[] {
  const plan = unclaimedEntries(known).map((entry): Operation => ({ kind: "delete-entry", entry }));
  for (const { entry, found, state } of findPlaces(known)) {
    if (known.pending.has(openingKey(entry.listen))) continue;
    if (state === "ours" && found !== undefined) plan.push({ kind: "delete-entry", entry: found });
    if (state === "ours" || state === "free") plan.push({ kind: "add-entry", entry });
  }
  return limit(plan, known, maxEntries);
}

/** What removes everything that is ours, the next part of it. Empty where nothing is left, or all of it is pending. */
export function* planRemoval(known: Known, maxEntries: number): Sliced<readonly Operation[]> {
  const mending = planMending(known, maxEntries);
  return mending.length > 0 ? mending : yield* diffInSlices([], known.snapshot, limitsOf(known, maxEntries));
}

/** The part of a plan that may be done now, whole ports. */
function limit(plan: readonly Operation[], known: Known, maxEntries: number): Operation[] {
  const { isFree } = limitsOf(known, maxEntries);
  return limitPlan(plan.filter((operation) => isFree(subjectOf(operation))), maxEntries);
}

/** What may be changed now: what is pending is left alone. */
function limitsOf({ pending }: Known, maxEntries: number): Limits {
  return { maxEntries, isFree: (opening) => !pending.has(openingKey(opening)) };
}
