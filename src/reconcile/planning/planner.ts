import type { GuestAddress } from "../../contracts/address.ts";
import type { Listener } from "../../net/listener.ts";
import type { SeenListener } from "../../plan/desired/forward.ts";
import { takeTurns } from "../../time/take_turns.ts";
import { Desires } from "./desires.ts";
import { Admissions } from "../guest/admissions.ts";
import { nameListeners } from "../guest/programs.ts";
import type { Known } from "../knowledge/knowledge.ts";
import { type Bounds, type MadePlan, makePlan, UNBOUNDED } from "./make_plan.ts";
import type { ReconcilerParts } from "../reconciler_parts.ts";

/** What a look has found. */
export interface Look {
  /** What listens. */
  readonly seen: readonly Listener[];
  /** Where Windows connects to. */
  readonly guest: GuestAddress;
  /** When, by the monotonic clock. */
  readonly nowMs: number;
}

/** Makes plans, one after the other: each knows what the last one named, opened and let linger. */
export class Planner {
  readonly #parts: ReconcilerParts;
  readonly #admissions: Admissions;
  readonly #desires = new Desires();
  #named: readonly SeenListener[] = [];
  #last: Pick<MadePlan, "kept" | "lingerEndMs"> = { kept: UNBOUNDED.kept, lingerEndMs: Infinity };

  /** Opens nothing yet. */
  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#admissions = new Admissions(parts.gate);
  }

  /** When what lingers runs out next, by the monotonic clock; Infinity where nothing does. */
  get lingerEndMs(): number {
    return this.#last.lingerEndMs;
  }

  /** Whether another set of services on 127.0.0.1 is open than at the last plan, although the same sockets listen. */
  haveAdmissionsChanged(): boolean {
    return this.#admissions.haveChanged();
  }

  /** What follows from a look. `maxEntries`: see {@link Bounds}. */
  async plan(
    { seen, guest, nowMs }: Look,
    known: Known,
    maxEntries: Bounds["maxEntries"],
  ): Promise<MadePlan> {
    const { policy, clock, programs } = this.#parts;
    const listeners = this.#named = nameListeners(seen, programs, this.#named);
    const { address: guestAddress, beside } = guest;
    const observation = { listeners, guestAddress, ...beside && { beside }, nowMs };
    const wanted = await takeTurns(this.#desires.find(observation, known, policy), clock);
    const desired = this.#admissions.open(wanted, guest);
    const bounds = { maxEntries, kept: this.#last.kept };
    const made = await takeTurns(makePlan(observation, known, this.#parts, bounds, desired), clock);
    this.#last = { kept: made.kept, lingerEndMs: made.lingerEndMs };
    return made;
  }
}
