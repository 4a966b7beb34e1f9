import { type Operation, operationKey } from "../changes/operation.ts";

/**
 * The part of a plan that makes no entry whose claim is not held yet: of the ports that get a claim, only that; of the
 * others, everything. The rest follows from a plan made once the claims are held.
 */
export function claimsFirst(plan: readonly Operation[]): Operation[] {
  const unclaimed = new Set(plan.filter(({ kind }) => kind === "add-claim").map(operationKey));
  return plan.filter((operation) =>
    operation.kind === "add-claim" || !unclaimed.has(operationKey(operation))
  );
}
