import type { Desired, Forward } from "../plan/desired_rules.ts";
import { entryKey, isDirect } from "../plan/rule.ts";

/**
 * Keeps a forward for a while after its listener is gone, so that a server that restarts does not make its rules flap.
 * A listener that is still there but may not be forwarded any more loses its rule at once.
 */
export class Linger {
  readonly #lingerMs: number;
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
      entryKey(forward.rule),
      { forward, goneSinceMs: null as number | null },
    ]));
    const rejected = new Set(desired.rejections.map((rejection) => rejection.hostPort));
    let nextMs: number | null = null;
    for (const [key, { forward, goneSinceMs }] of this.#kept) {
      const { rule } = forward;
      const hasMoved = !isDirect(rule) && rule.connectAddress !== guestAddress;
      if (next.has(key) || rejected.has(rule.listenPort) || hasMoved) continue;
      const since = goneSinceMs ?? nowMs;
      const endMs = since + this.#lingerMs;
      if (endMs <= nowMs) continue;
      next.set(key, { forward, goneSinceMs: since });
      nextMs = Math.min(nextMs ?? endMs, endMs);
    }
    this.#kept = next;
    return { forwards: [...next.values()].map((kept) => kept.forward), nextMs };
  }
}
