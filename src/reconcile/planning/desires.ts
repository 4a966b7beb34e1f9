import type { Desired } from "../../plan/desired/forward.ts";
import type { Policy } from "../../plan/desired/policy.ts";
import type { Sliced } from "../../plan/slices.ts";
import type { Known } from "../knowledge/knowledge.ts";
import { desire, type Observation } from "./make_plan.ts";

/** A look, and what came of it. */
interface Last {
  readonly observation: Observation;
  readonly known: Known;
  readonly policy: Policy;
  readonly desired: Desired;
}

/**
 * What should be. Where nothing is otherwise than at the last look it is what it was: the very same value, so that what was
 * worked out from it holds, too. A change of tens of thousands of ports is made in many parts, with a look before each.
 */
export class Desires {
  #last: Last | null = null;

  /** See {@link desire}. `policy`: what the user wants now; a key pressed makes it another one. */
  *find(observation: Observation, known: Known, policy: Policy): Sliced<Desired> {
    const last = this.#last;
    const isSame = last !== null && last.policy === policy && sameView(last.known, known) &&
      sameSeen(last.observation, observation);
    const desired = isSame ? last.desired : yield* desire(observation, known, policy);
    this.#last = { observation, known, policy, desired };
    return desired;
  }
}

function sameSeen(a: Observation, b: Observation): boolean {
  return a.guestAddress === b.guestAddress && a.beside === b.beside && a.listeners === b.listeners;
}

function sameView(one: Known, other: Known): boolean {
  const a = one.snapshot, b = other.snapshot;
  return a.foreign === b.foreign && a.taken === b.taken && a.excluded === b.excluded &&
    a.unread === b.unread && a.abilities === b.abilities && one.pending === other.pending &&
    one.refused === other.refused;
}
