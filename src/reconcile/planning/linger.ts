import { PortTable } from "../../net/port_table.ts";
import { type Desired, type Forward, hostPortOf } from "../../plan/desired/forward.ts";
import type { Rule } from "../../plan/rules/rule.ts";

/** A forward that is not wanted any more. */
export interface GoneForward {
  /** The forward. */
  readonly forward: Forward;
  /** Since when, in milliseconds of the monotonic clock. */
  readonly sinceMs: number;
}

/** What was wanted so far, at most one forward for each port on Windows. */
export interface Kept {
  /** What was wanted last. */
  readonly wanted: readonly Forward[];
  /** What lingers. */
  readonly gone: readonly GoneForward[];
}

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
  const { forwards } = desired;
  // The same list again says that nothing is otherwise: so it is with tens of thousands of ports, change after change.
  if (forwards === kept.wanted && kept.gone.length === 0) return { kept, forwards, endMs: Infinity };
  const spoken = spokenFor(desired);
  const gone = [
    ...kept.wanted.filter((forward) => !spoken.has(hostPortOf(forward)))
      .map((forward): GoneForward => ({ forward, sinceMs: nowMs })),
    ...kept.gone.filter(({ forward }) => !spoken.has(hostPortOf(forward))),
  ].filter(({ forward, sinceMs }) =>
    sinceMs + lingerMs > nowMs && !forward.rules.some((rule) => leadsElsewhere(rule, guestAddress))
  );
  return {
    kept: { wanted: forwards, gone },
    forwards: gone.length === 0 ? forwards : [...forwards, ...gone.map(({ forward }) => forward)],
    endMs: gone.reduce((endMs, { sinceMs }) => Math.min(endMs, sinceMs + lingerMs), Infinity),
  };
}

/** The ports of which it is known what becomes of them now. */
function spokenFor({ forwards, rejections }: Desired): PortTable<true> {
  const spoken = new PortTable<true>();
  for (const forward of forwards) spoken.set(hostPortOf(forward), true);
  for (const { protocol, hostPort: port } of rejections) spoken.set({ protocol, port }, true);
  return spoken;
}

function leadsElsewhere({ target }: Rule, guestAddress: string): boolean {
  return target.kind === "proxy" && target.to.address !== guestAddress;
}
