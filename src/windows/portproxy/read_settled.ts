import type { HostSnapshot } from "../../contracts/host.ts";
import { describeHeld, SHORT_AGREE_MS } from "../../plan/changes/agreement.ts";
import { delay, type DelayOptions } from "../../time/delay.ts";

/** How often it is read once more at most. */
const MAX_SETTLE_READS = 5;

/** Reads until two reads agree: a netsh that an earlier run left may still be at work. `options`: of the waits between them. */
export async function readSettled(
  read: () => Promise<HostSnapshot>,
  options: DelayOptions = {},
): Promise<HostSnapshot> {
  let last = await read();
  for (let i = 0; i < MAX_SETTLE_READS; i++) {
    await delay(SHORT_AGREE_MS, options);
    const next = await read();
    if (describeHeld(next) === describeHeld(last)) return next;
    last = next;
  }
  return last; // Somebody else changes entries all the time.
}
