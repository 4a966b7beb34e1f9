import { type Desired, type Forward, hostPortOf } from "../plan/desired/forward.ts";
import { openingKey } from "../plan/claims/opening.ts";
import type { Rule } from "../plan/rules/rule.ts";

/** A forward that was wanted, and since when its listener is gone; null while it is there. */
export interface KeptForward {
  /** The forward. */
  readonly forward: Forward;
  /** In milliseconds of the monotonic clock. */
  readonly goneSinceMs: number | null;
}

/** What was wanted so far, by the port on Windows (see openingKey), of which each has one forward. */
export type Kept = ReadonlyMap<string, KeptForward>;

/** What is wanted with what lingers. */
export interface Extended {
  /** To be handed to the next call. */
  readonly kept: Kept;
  /** All of the forwards. */
  readonly forwards: readonly Forward[];
  /** When the next of those that linger runs out; Infinity where none does. */
  readonly endMs: number;
}

/**
 * Keeps a forward for a while after its listener is gone, so that a server that restarts does not make its rules flap:
 * what was wanted before, is not rejected, leads to the same guest address and is not gone for longer than `lingerMs` (0
 * for not at all). A listener that is still there but may not be forwarded any more loses its rule at once.
 */
export function extendForwards(
  kept: Kept,
  desired: Desired,
  guestAddress: string,
  nowMs: number,
  lingerMs: number,
): Extended {
  const next = new Map<string, KeptForward>();
  for (const forward of desired.forwards) {
    next.set(openingKey(hostPortOf(forward)), { forward, goneSinceMs: null });
  }
  const rejected = new Set(
    desired.rejections.map(({ protocol, hostPort: port }) => openingKey({ protocol, port })),
  );
  let nextEndMs = Infinity;
  for (const [port, { forward, goneSinceMs }] of kept) {
    const hasMoved = forward.rules.some((rule) => leadsElsewhere(rule, guestAddress));
    if (next.has(port) || rejected.has(port) || hasMoved) continue;
    const since = goneSinceMs ?? nowMs, endMs = since + lingerMs;
    if (endMs <= nowMs) continue;
    next.set(port, { forward, goneSinceMs: since });
    nextEndMs = Math.min(nextEndMs, endMs);
  }
  return { kept: next, forwards: [...next.values()].map(({ forward }) => forward), endMs: nextEndMs };
}

function leadsElsewhere({ target }: Rule, guestAddress: string): boolean {
  return target.kind === "proxy" && target.to.address !== guestAddress;
}
