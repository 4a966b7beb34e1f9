import type { HostSnapshot } from "../../contracts/host.ts";
import { formatEntry } from "../../plan/rules/entry.ts";
import { delay, type DelayOptions } from "../../time/delay.ts";

/** How far apart two reads must agree before an interrupted netsh is taken for ended, in milliseconds; and how many there are at most. */
const SETTLE_MS = 1500, MAX_SETTLE_READS = 5;

/** Reads until two reads agree: a netsh that an earlier run left may still be at work. `options`: of the waits between them. */
export async function readSettled(
  read: () => Promise<HostSnapshot>,
  options: DelayOptions = {},
): Promise<HostSnapshot> {
  let last = await read();
  for (let i = 0; i < MAX_SETTLE_READS; i++) {
    await delay(SETTLE_MS, options);
    const next = await read();
    if (describeHeld(next) === describeHeld(last)) return next;
    last = next;
  }
  return last; // Somebody else changes entries all the time.
}

function describeHeld({ entries, claims }: HostSnapshot): string {
  return JSON.stringify([entries.map(formatEntry), claims.map((claim) => claim.name).sort()]);
}
