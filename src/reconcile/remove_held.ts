import { diffRules } from "../plan/diff_rules.ts";
import { countKeys } from "../plan/limit_plan.ts";
import type { Believed } from "./believed.ts";
import type { Changer } from "./changer.ts";
import type { Clock } from "../time/clock.ts";
import { delay } from "../time/delay.ts";
import { HostError } from "../contracts/host.ts";

/** How often the removal of our rules is tried at the end: 65,535 ports, should one netsh change only 50. */
const MAX_REMOVALS = 1400;

/** How often it is looked what a netsh that was cut off has done meanwhile, in milliseconds. */
const PENDING_LOOK_MS = 250;

/** What removing takes. */
export interface RemovalParts {
  /** What is held. */
  readonly believed: Believed;
  /** Makes the changes. */
  readonly changer: Changer;
  /** The time. */
  readonly clock: Clock;
  /** Reads what is held. Throws SnapshotError. */
  readonly read: (signal?: AbortSignal) => Promise<void>;
}

/**
 * Removes everything that is ours, whether this run made it or another, and returns how many ports that were. What a netsh
 * that was cut off may still change is left alone until it has, or is believed dead: a claim that went before such a netsh
 * made its entry would leave an entry that nobody knows for ours. `signal`: there is little time. Throws SnapshotError or
 * HostError where something may be left.
 */
export async function removeHeld(parts: RemovalParts, signal?: AbortSignal): Promise<number> {
  const { believed, changer, read } = parts;
  if (signal !== undefined) believed.hurry();
  let removed = 0;
  for (let i = 0; i < MAX_REMOVALS; i++) {
    if (believed.snapshot === null) await read(signal);
    const mending = changer.planMending();
    const whole = mending.length > 0 ? mending : diffRules([], believed.held);
    const plan = changer.limit(whole);
    if (plan.length > 0) {
      await changer.apply(plan, signal);
      removed += countKeys(plan);
    } else if (believed.pendingKeys.size > 0) await awaitPending(parts, signal);
    else break;
  }
  return removed;
}

async function awaitPending({ clock, read }: RemovalParts, signal?: AbortSignal): Promise<void> {
  await delay(PENDING_LOOK_MS, { signal, clock });
  if (signal?.aborted) {
    throw new HostError("netsh", "A netsh that was cut off may still change rules", true, true);
  }
  await read(signal);
}
