import { type Host, HostError } from "../contracts/host.ts";
import { countKeys } from "../plan/changes/limit_plan.ts";
import type { Clock } from "../time/clock.ts";
import { delay } from "../time/delay.ts";
import type { Current } from "./current.ts";
import { takeTurns } from "../time/take_turns.ts";
import { planMending, planRemoval } from "./planning/make_plan.ts";

/** How often the removal of our rules is tried: 65,535 ports, should one change be about 50 only. */
const MAX_REMOVALS = 1400;

/** How often it is looked what a change that was cut off has done meanwhile, in milliseconds. */
const PENDING_LOOK_MS = 250;

/**
 * Removes everything that is ours, whether this run made it or another, and returns how many ports that were. What a change
 * that was cut off may still do is left alone until it has, or is believed dead: a claim that went before such a change
 * made its entry would leave an entry that nobody knows for ours. `signal`: there is little time. Throws SnapshotError or
 * HostError where something may be left.
 */
export async function removeOurs(
  current: Current,
  surroundings: { readonly host: Pick<Host, "words">; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<number> {
  const { host: { words }, clock } = surroundings;
  if (signal !== undefined) current.hurry();
  let removed = 0;
  for (let i = 0; i < MAX_REMOVALS; i++) {
    const known = await current.know(signal, "held");
    const plan = await takeTurns(planRemoval(known, current.maxEntries), clock);
    if (plan.length > 0) {
      await current.apply(plan, known, signal);
      removed += countKeys(plan);
    } else if (known.pending.size > 0) {
      await delay(PENDING_LOOK_MS, { signal, clock });
      if (signal?.aborted) throw new HostError(words.changer, words.cutOff, true, true);
      await current.read(signal, "held");
    } else break;
  }
  return removed;
}

/** Puts right what must not be left behind, whatever happens next. Throws SnapshotError or HostError. */
export async function mend(current: Current): Promise<void> {
  const known = await current.know(), plan = planMending(known, Infinity);
  if (plan.length > 0) await current.apply(plan, known);
}
