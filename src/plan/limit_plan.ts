import type { Operation } from "./operation.ts";
import { entryKey } from "./rule.ts";

/** The key of the entry that an operation is about. */
export function operationKey(operation: Operation): string {
  return entryKey("claim" in operation ? operation.claim.rule : operation.entry);
}

/**
 * The part of a plan that concerns its first `maxKeys` keys, in the same order. A key's operations are never parted, so
 * what is left can be done by a later pass.
 */
export function limitPlan(plan: readonly Operation[], maxKeys: number): Operation[] {
  const keys = new Set<string>();
  for (const operation of plan) {
    if (keys.size === maxKeys) break;
    keys.add(operationKey(operation));
  }
  return plan.filter((operation) => keys.has(operationKey(operation)));
}
