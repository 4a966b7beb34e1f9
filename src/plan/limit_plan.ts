import { EntryIndex } from "./entry_index.ts";
import type { Operation } from "./operation.ts";
import { type Entry, entryKey, type Rule } from "./rule.ts";

/** The key of the entry that an operation is about. */
export function operationKey(operation: Operation): string {
  return entryKey(subjectOf(operation));
}

function subjectOf(operation: Operation): Entry | Rule {
  return "claim" in operation ? operation.claim.rule : operation.entry;
}

/** How many keys a plan is about. */
export function countKeys(plan: readonly Operation[]): number {
  return new Set(plan.map(operationKey)).size;
}

/**
 * The part of a plan that concerns its first `maxKeys` keys, in the same order. A key's operations are never parted, so
 * what is left can be done by a later pass.
 */
export function limitPlan(plan: readonly Operation[], maxKeys: number): Operation[] {
  const chosen = new EntryIndex();
  for (const operation of plan) {
    if (chosen.size === maxKeys) break;
    const subject = subjectOf(operation);
    if (chosen.at(subject) === undefined) chosen.add(subject);
  }
  return plan.filter((operation) => chosen.at(subjectOf(operation)) !== undefined);
}
