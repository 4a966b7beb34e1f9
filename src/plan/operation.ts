import type { Claim, HeldClaim } from "./claim.ts";
import type { Entry } from "./rule.ts";

/** One change on Windows: one netsh command. */
export type Operation =
  /** Makes the tagged firewall rule. */
  | { readonly kind: "add-claim"; readonly claim: Claim }
  /** Makes the portproxy entry. */
  | { readonly kind: "add-entry"; readonly entry: Entry }
  /** Deletes the portproxy entry on the key of `entry`. */
  | { readonly kind: "delete-entry"; readonly entry: Entry }
  /** Deletes the tagged firewall rule. */
  | { readonly kind: "delete-claim"; readonly claim: HeldClaim };

/** What Windows holds of ours, or might: every entry of the table, and the claims that are ours. */
export interface Held {
  /** Every entry, also other people's. */
  readonly entries: readonly Entry[];
  /** Our claims. */
  readonly claims: readonly HeldClaim[];
}
