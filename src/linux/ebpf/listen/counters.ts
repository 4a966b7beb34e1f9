import type { BpfCalls } from "../../../ffi/bpf_calls.ts";
import { Counter, COUNTERS_BYTES } from "./listen_program.ts";
import { MappedMemory, readPageBytes } from "../../../ffi/mapped_memory.ts";

/** What the program counts, as it counts. */
export class Counters {
  readonly #memory: MappedMemory;
  #values: BigInt64Array;

  /** `fd`: a value of COUNTERS_BYTES. Throws SystemCallError. */
  constructor(calls: BpfCalls, fd: number) {
    this.#memory = new MappedMemory(calls, fd, 0, readPageBytes(calls), "read");
    this.#values = new BigInt64Array(this.#memory.buffer, 0, COUNTERS_BYTES / 8);
  }

  /** How many records there should have been. */
  get tried(): number {
    return Number(Atomics.load(this.#values, Counter.tried / 8));
  }

  /** How many of them did not fit into the ring. */
  get lost(): number {
    return Number(Atomics.load(this.#values, Counter.lost / 8));
  }

  /** Unmaps them; they read as zero after that. Safe to call twice. */
  close(): void {
    this.#values = new BigInt64Array(COUNTERS_BYTES / 8);
    this.#memory.unmap();
  }
}
