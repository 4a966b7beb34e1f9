import { type Operation, operationKey } from "./operation.ts";

/** How many ports a plan is about. */
export function countKeys(plan: readonly Operation[]): number {
  return new Set(plan.map(operationKey)).size;
}

/**
 * The part of a plan that concerns its first `maxKeys` ports, in the same order. A port's operations are never parted, so
 * what is left can be done by a later pass.
 */
export function limitPlan(plan: readonly Operation[], maxKeys: number): Operation[] {
  const chosen = new Set<string>();
  for (const operation of plan) {
    if (chosen.size === maxKeys) break;
    chosen.add(operationKey(operation));
  }
  return plan.filter((operation) => chosen.has(operationKey(operation)));
}
