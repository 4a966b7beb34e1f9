import { formatEntry } from "../rules/entry.ts";
import type { Held } from "./operation.ts";

/** Over this time two reads must agree before a change that was cut off is believed dead, where time is short, in milliseconds. */
export const SHORT_AGREE_MS = 1500;

/** What two reads must agree on: each entry, in the order of the table, and which claims there are. */
export function describeHeld({ entries, claims }: Held): string {
  return JSON.stringify([entries.map(formatEntry), claims.map((claim) => claim.name).sort()]);
}
