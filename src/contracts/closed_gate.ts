import type { GateAnswer, LoopbackGate } from "./loopback_gate.ts";

/** Where services on 127.0.0.1 cannot be opened whatever the kernel could do. */
export class ClosedGate implements LoopbackGate {
  readonly #message: string;

  /** `message`: why, as in {@link GateRefusal}. */
  constructor(message: string) {
    this.#message = message;
  }

  /** Opens nothing, and says why. */
  set(wanted: ReadonlyMap<number, bigint>): GateAnswer {
    const refusal = wanted.size === 0 ? null : { message: this.#message, remedy: null };
    return { open: new Set(), refusal };
  }

  /** Does nothing. */
  close(): void {}
}
