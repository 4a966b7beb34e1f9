import { type HeldClaim, openingOf } from "../../../src/plan/claims/claim.ts";
import { claimedEntries } from "../../../src/plan/claims/claim_index.ts";
import type { Held, Operation } from "../../../src/plan/changes/operation.ts";
import { type Entry, entryKey, formatEntry } from "../../../src/plan/rules/entry.ts";
import { openingKey } from "../../../src/plan/claims/opening.ts";
import { namedBy } from "./samples.ts";

/** What Windows holds, as netsh changes it: adding an entry overwrites, deleting a claim deletes all of its name. */
export interface Model {
  readonly entries: readonly Entry[];
  /** Of every owner. */
  readonly claims: readonly HeldClaim[];
}

/** What a change makes of it. Throws where netsh would say that there is nothing to delete. */
export function change(model: Model, operation: Operation): Model {
  switch (operation.kind) {
    case "add-claim":
      return { ...model, claims: [...model.claims, operation.claim] };
    case "add-entry": {
      const others = model.entries.filter((entry) => entryKey(entry) !== entryKey(operation.entry));
      return { ...model, entries: [...others, operation.entry] };
    }
    case "delete-entry": {
      const entries = model.entries.filter((entry) => entryKey(entry) !== entryKey(operation.entry));
      if (entries.length === model.entries.length) throw new Error(`no entry ${entryKey(operation.entry)}`);
      return { ...model, entries };
    }
    case "delete-claim": {
      const { name } = operation.claim, key = openingKey(openingOf(operation.claim));
      const claims = model.claims.filter((claim) =>
        claim.name !== name || openingKey(openingOf(claim)) !== key
      );
      if (claims.length === model.claims.length) throw new Error(`no claim ${name}`);
      return { ...model, claims };
    }
  }
}

/** What a plan makes of it. */
export function changeAll(model: Model, plan: readonly Operation[]): Model {
  return plan.reduce(change, model);
}

/** What an owner sees of it. */
export function heldBy(model: Model, owner: string): Held {
  return { entries: model.entries, claims: model.claims.filter((claim) => claim.owner === owner) };
}

/** The entries that no claim of the owner names, as text, sorted. */
export function foreignTo(model: Model, owner: string): string[] {
  const claimed = claimedEntries(heldBy(model, owner).claims);
  return model.entries.filter((entry) => !claimed.has(entry)).map(formatEntry).sort();
}

/** Everything in it as text, sorted: two models are the same exactly when this is. */
export function describe(model: Model): string[] {
  const claims = model.claims.map((claim) => `${claim.name} ${claim.owner} ${namedBy(claim)}`);
  return [...model.entries.map(formatEntry), ...new Set(claims)].sort();
}
