import type { GuestAddress } from "../../../src/contracts/address.ts";
import type { GateAnswer, GateRefusal, LoopbackGate } from "../../../src/contracts/loopback_gate.ts";

/** A gate that does what it is told, unless something is set to stand in the way. */
export class FakeGate implements LoopbackGate {
  /** What is open now, by port. */
  open: ReadonlyMap<number, bigint> = new Map();
  /** Where it is open. */
  guest: GuestAddress | null = null;
  /** Why nothing can be opened now. */
  refusal: GateRefusal | null = null;
  /** Ports that went away meanwhile. */
  readonly gone = new Set<number>();
  setCount = 0;

  set(wanted: ReadonlyMap<number, bigint>, guest: GuestAddress): GateAnswer {
    this.setCount++;
    this.guest = guest;
    this.open = this.refusal === null
      ? new Map([...wanted].filter(([port]) => !this.gone.has(port)))
      : new Map();
    return { open: new Set(this.open.keys()), refusal: this.refusal };
  }

  close(): void {
    this.open = new Map();
  }
}
