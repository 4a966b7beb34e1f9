import type { AddressNews } from "../guest/tracked_address.ts";
import type { ReconcileEvent } from "../events.ts";

/** What is to be told of the guest's address. */
export function describeAddress(news: AddressNews): ReconcileEvent[] {
  if (news.kind !== "changed") return [];
  const { from, to, warning } = news, events: ReconcileEvent[] = [];
  if (warning !== null) events.push({ type: "notice", code: "address", message: warning });
  if (from !== null) events.push({ type: "address", from, to });
  return events;
}
