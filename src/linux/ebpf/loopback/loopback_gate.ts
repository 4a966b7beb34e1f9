import type { GuestAddress } from "../../../contracts/address.ts";
import type { GateAnswer, GateRefusal, LoopbackGate } from "../../../contracts/loopback_gate.ts";
import { explainGateRefusal } from "./gate_refusal.ts";
import { OpenGate } from "./open_gate.ts";

const NOTHING: GateAnswer = { open: new Set(), refusal: null };

/** What may differ from the usual; the tests need it. */
export interface GateOptions {
  /** The kernel's description of its types. */
  readonly btfPath?: string | undefined;
  /** As uname(1) names it. */
  readonly architecture?: string | undefined;
}

/**
 * Opens services on 127.0.0.1 by eBPF: nothing is relayed or copied, and the services see who really connects. Nothing is attached
 * before the first is wanted. When the process dies, the kernel detaches everything.
 */
export class EbpfGate implements LoopbackGate {
  readonly #options: GateOptions;
  #gate: OpenGate | null = null;
  #lasting: GateRefusal | null = null;

  /** See {@link GateOptions}. */
  constructor(options: GateOptions = {}) {
    this.#options = options;
  }

  /** Whether the kernel lets the interface be checked, too; null while nothing is attached. */
  get checksInterface(): boolean | null {
    return this.#gate?.checksInterface ?? null;
  }

  /** See {@link LoopbackGate}. Once refused for good, it stays refused. */
  set(wanted: ReadonlyMap<number, bigint>, guest: GuestAddress): GateAnswer {
    if (this.#gate === null && wanted.size === 0) return NOTHING;
    if (this.#lasting !== null) return { open: new Set(), refusal: this.#lasting };
    const { address, gateway, interfaceName } = guest;
    if (gateway === null) return this.#refuse(`no route tells which address Windows has beside ${address}`);
    const passage = { guest: address, gateway, interfaceName };
    try {
      this.#gate ??= new OpenGate(passage, this.#options);
      return this.#gate.set(wanted, passage);
    } catch (error) {
      this.close();
      const { isRetriable, ...refusal } = explainGateRefusal(error);
      if (!isRetriable) this.#lasting = refusal;
      return { open: new Set(), refusal };
    }
  }

  /** See {@link LoopbackGate}. */
  close(): void {
    this.#gate?.close();
    this.#gate = null;
  }

  #refuse(message: string): GateAnswer {
    this.close();
    return { open: new Set(), refusal: { message, remedy: null } };
  }
}
