import type { GuestAddress } from "../../contracts/address.ts";
import type { GateAnswer, LoopbackGate } from "../../contracts/loopback_gate.ts";
import type { Desired } from "../../plan/desired/forward.ts";
import { settleAdmissions, wantedAdmissions } from "../../plan/loopback/settle_admissions.ts";

const NOTHING: ReadonlyMap<number, bigint> = new Map();

/** The services on 127.0.0.1 that are open: before a rule leads to one, and never longer than it is wanted. */
export class Admissions {
  readonly #gate: LoopbackGate;
  #wanted = NOTHING;
  #open: ReadonlySet<number> = new Set();
  #guest: GuestAddress | null = null;

  /** Opens nothing yet. */
  constructor(gate: LoopbackGate) {
    this.#gate = gate;
  }

  /**
   * Opens exactly what is desired, and returns what may have a rule now. What is not desired any more is closed before its rule goes:
   * nobody listens there, or nobody may come in.
   */
  open(desired: Desired, guest: GuestAddress): Desired {
    const wanted = wantedAdmissions(desired.forwards);
    if (wanted.size === 0 && this.#wanted.size === 0) return desired;
    const { open, refusal } = this.#set(wanted, guest);
    const why = refusal === null
      ? null
      : refusal.remedy === null
      ? refusal.message
      : `${refusal.message}; try ${refusal.remedy}`;
    return settleAdmissions(desired, open, why);
  }

  /**
   * Whether another set of services is open than at the last look, although the same sockets listen: the kernel takes out a socket
   * that stops listening, also where it goes on a moment later. They are open again then.
   */
  haveChanged(): boolean {
    if (this.#wanted.size === 0 || this.#guest === null) return false;
    const before = this.#open;
    const { open } = this.#set(this.#wanted, this.#guest);
    return open.size !== before.size || [...open].some((port) => !before.has(port));
  }

  #set(wanted: ReadonlyMap<number, bigint>, guest: GuestAddress): GateAnswer {
    const answer = this.#gate.set(wanted, guest);
    this.#wanted = wanted;
    this.#open = answer.open;
    this.#guest = guest;
    return answer;
  }
}
