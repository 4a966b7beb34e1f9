import type { Fault } from "./model.ts";

/** The faults that are still to come. */
export class Faults {
  #waiting: { fault: Fault; skip: number; left: number }[] = [];

  /** Plans a fault. */
  add(fault: Fault): void {
    this.#waiting.push({ fault, skip: (fault.nth ?? 1) - 1, left: fault.times ?? 1 });
  }

  /** Forgets all. */
  clear(): void {
    this.#waiting = [];
  }

  /** The fault for a call or line that comes now, or null. Every fault counts what it matches, also where another comes first. */
  take(program: string, at: "call" | "line", text: string): Fault["kind"] | null {
    let taken: Fault["kind"] | null = null;
    for (const waiting of this.#waiting) {
      const { fault } = waiting;
      if (fault.program !== program || (fault.at ?? "call") !== at) continue;
      if (fault.matching !== undefined && !new RegExp(fault.matching).test(text)) continue;
      if (waiting.skip > 0) waiting.skip--;
      else if (taken === null && waiting.left > 0) {
        waiting.left--;
        taken = fault.kind;
      }
    }
    this.#waiting = this.#waiting.filter((waiting) => waiting.left > 0);
    return taken;
  }
}
