import { type Claim, type HeldClaim, openingOf } from "../claims/claim.ts";
import type { Entry } from "../rules/entry.ts";
import { type Opening, openingKey } from "../claims/opening.ts";

/** One change on the host. */
export type Operation =
  /** Makes the tagged firewall rule. */
  | { readonly kind: "add-claim"; readonly claim: Claim }
  /** Makes the entry. */
  | { readonly kind: "add-entry"; readonly entry: Entry }
  /** Deletes the entry on the key of `entry`. */
  | { readonly kind: "delete-entry"; readonly entry: Entry }
  /** Deletes the tagged firewall rule. */
  | { readonly kind: "delete-claim"; readonly claim: HeldClaim };

/** What the host holds of ours, or might: every entry of its tables, and the claims that are ours. */
export interface Held {
  /** Every entry, also other people's. */
  readonly entries: readonly Entry[];
  /** Our claims. */
  readonly claims: readonly HeldClaim[];
}

/** The port of the host that an operation is about. */
export function subjectOf(operation: Operation): Opening {
  return "claim" in operation ? openingOf(operation.claim) : operation.entry.listen;
}

/** The text that all operations on one port of the host share. */
export function operationKey(operation: Operation): string {
  return openingKey(subjectOf(operation));
}
