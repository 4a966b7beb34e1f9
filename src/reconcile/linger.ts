import { type Desired, type Forward, hostPortOf } from "../plan/forward.ts";
import { openingKey } from "../plan/opening.ts";
import type { Rule } from "../plan/rule.ts";

/**
 * Keeps a forward for a while after its listener is gone, so that a server that restarts does not make its rules flap.
 * A listener that is still there but may not be forwarded any more loses its rule at once.
 */
export class Linger {
  readonly #lingerMs: number;
  /** By the port on Windows, see openingKey, of which each has one forward. */
  #kept = new Map<string, { forward: Forward; goneSinceMs: number | null }>();

  /** `lingerMs`: how long; 0 for not at all. */
  constructor(lingerMs: number) {
    this.#lingerMs = lingerMs;
  }

  /**
   * What is desired now, and what was desired at an earlier call and is not rejected, leads to the same guest address and
   * is not gone for longer than the linger. `nextMs`: when the next of these runs out, null where none is kept.
   */
  extend(
    desired: Desired,
    guestAddress: string,
    nowMs: number,
  ): { forwards: readonly Forward[]; nextMs: number | null } {
    const next = new Map(desired.forwards.map((forward) => [
      openingKey(hostPortOf(forward)),
      { forward, goneSinceMs: null as number | null },
    ]));
    const rejected = new Set(
      desired.rejections.map(({ protocol, hostPort: port }) => openingKey({ protocol, port })),
    );
    let nextMs: number | null = null;
    for (const [port, { forward, goneSinceMs }] of this.#kept) {
      const hasMoved = forward.rules.some((rule) => leadsElsewhere(rule, guestAddress));
      if (next.has(port) || rejected.has(port) || hasMoved) continue;
      const since = goneSinceMs ?? nowMs;
      const endMs = since + this.#lingerMs;
      if (endMs <= nowMs) continue;
      next.set(port, { forward, goneSinceMs: since });
      nextMs = Math.min(nextMs ?? endMs, endMs);
    }
    this.#kept = next;
    return { forwards: [...next.values()].map((kept) => kept.forward), nextMs };
  }
}

function leadsElsewhere({ target }: Rule, guestAddress: string): boolean {
  return target.kind === "proxy" && target.to.address !== guestAddress;
}
