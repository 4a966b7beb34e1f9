import type { ReconcileEvent } from "../../reconcile/events.ts";
import { countOf } from "./describe.ts";

/** What a summary makes of an event. */
export interface Summed {
  /** What is to be told now; fit for a terminal. */
  readonly lines: readonly string[];
  /** Whether the event is part of a summary, and needs no line of its own. */
  readonly isCovered: boolean;
}

/**
 * One line in place of two for each port when the guest's address changes: `address 172.28.16.2 -> 172.28.16.9: 34 ports
 * moved`. It is told when all that left are back, or something else happens before.
 */
export class MoveSummary {
  #address: { readonly from: string; readonly to: string } | null = null;
  #isTold = true;
  /** Ports on Windows whose rule was removed, and is to come again. */
  readonly #leaving = new Set<number>();
  #moved = 0;

  /** Takes in an event. */
  take(event: ReconcileEvent): Summed {
    if (event.type === "address") {
      const lines = this.#tell();
      this.#address = event;
      this.#isTold = false;
      return { lines, isCovered: true };
    }
    if (event.type === "removed" && event.reason === "moved" && this.#address !== null) {
      this.#leaving.add(event.rule.listen.port);
      this.#isTold = false;
      return { lines: [], isCovered: true };
    }
    if (event.type === "forwarded" && this.#leaving.delete(event.rule.listen.port)) {
      this.#moved++;
      return { lines: this.#leaving.size === 0 ? this.#tell() : [], isCovered: true };
    }
    return { lines: this.#tell(), isCovered: false };
  }

  #tell(): string[] {
    if (this.#isTold || this.#address === null) return [];
    const { from, to } = this.#address;
    const lost = this.#leaving.size === 0 ? "" : `, ${countOf(this.#leaving.size, "port")} not yet`;
    const line = `address ${from} -> ${to}: ${countOf(this.#moved, "port")} moved${lost}`;
    this.#isTold = true;
    this.#moved = 0;
    this.#leaving.clear();
    return [line];
  }
}
