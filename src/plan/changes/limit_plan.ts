import { type Operation, operationKey } from "./operation.ts";

/** How many ports a plan is about. */
export function countKeys(plan: readonly Operation[]): number {
  return new Set(plan.map(operationKey)).size;
}

/** How many entries a plan makes or deletes; a port of which it only makes or deletes claims counts for one. */
export function countEntries(plan: readonly Operation[]): number {
  const ports = new Set(plan.map(operationKey));
  let entries = 0;
  for (const operation of plan) {
    if (!("entry" in operation)) continue;
    entries++;
    ports.delete(operationKey(operation));
  }
  return entries + ports.size;
}

/**
 * The part of a plan that is about the ports of its first `maxEntries` entries (see {@link countEntries}), in the same order. A
 * port's operations are never parted, so what is left can be done by a later pass; of the last one, there may be some more.
 */
export function limitPlan(plan: readonly Operation[], maxEntries: number): Operation[] {
  const chosen = new Set<string>(), byPort = Map.groupBy(plan, operationKey);
  let count = 0;
  for (const [key, operations] of byPort) {
    if (count >= maxEntries) break;
    chosen.add(key);
    count += countEntries(operations);
  }
  return plan.filter((operation) => chosen.has(operationKey(operation)));
}
