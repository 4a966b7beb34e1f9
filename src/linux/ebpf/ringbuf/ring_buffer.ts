import type { BpfCalls } from "../../../ffi/bpf_calls.ts";
import { MappedMemory, readPageBytes } from "../../../ffi/mapped_memory.ts";

/** struct bpf_ringbuf_hdr: u32 length and flags, u32 page offset (kernel/bpf/ringbuf.c). */
const HEADER_BYTES = 8;
/** BPF_RINGBUF_BUSY_BIT (31) makes the header negative: the record is being written. */
const DISCARDED_BIT = 0x4000_0000;
const LENGTH_MASK = 0x3fff_ffff;

/** What one look into the ring found. */
export interface Drained {
  /** How many records were read. */
  readonly count: number;
  /** `empty`; `more`: the limit was reached; `busy`: the next record is being written at this moment. */
  readonly state: "empty" | "more" | "busy";
}

/** The reading end of a BPF_MAP_TYPE_RINGBUF. There may be one reader only. */
export class RingBuffer {
  readonly #maps: MappedMemory[] = [];
  readonly #mask: number;
  #consumed: BigInt64Array;
  #produced: BigInt64Array;
  #headers: Int32Array;
  #view: DataView;

  /** `fd`: the map, `bytes` large: a power of two and a multiple of a page. Throws SystemCallError. */
  constructor(calls: BpfCalls, fd: number, bytes: number) {
    const pageBytes = readPageBytes(calls);
    try {
      const consumer = new MappedMemory(calls, fd, 0, pageBytes, "write");
      this.#maps.push(consumer);
      // The data lies there twice in a row, so that a record which wraps around is in one piece.
      const producer = new MappedMemory(calls, fd, pageBytes, pageBytes + 2 * bytes, "read");
      this.#maps.push(producer);
      this.#mask = bytes - 1;
      this.#consumed = new BigInt64Array(consumer.buffer, 0, 1);
      this.#produced = new BigInt64Array(producer.buffer, 0, 1);
      this.#headers = new Int32Array(producer.buffer, pageBytes, 2 * bytes / 4);
      this.#view = new DataView(producer.buffer, pageBytes, 2 * bytes);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Reads up to `limit` records in the order of their reservation. `read` gets where one begins in the view and its
   * length in bytes, and must not keep the view: the place is the kernel's again when it returns.
   */
  drain(limit: number, read: (view: DataView, start: number, bytes: number) => void): Drained {
    // Both positions only grow; a number holds them exactly up to 2^53 bytes, thousands of years of listening.
    let consumed = Number(Atomics.load(this.#consumed, 0));
    for (let count = 0;;) {
      const produced = Number(Atomics.load(this.#produced, 0));
      if (consumed >= produced) return { count, state: "empty" };
      while (consumed < produced) {
        if (count === limit) return { count, state: "more" };
        // `&` takes its operand modulo 2^32, of which the mask is less: right for every exact position.
        const start = consumed & this.#mask;
        const header = Atomics.load(this.#headers, start >> 2);
        if (header < 0) return { count, state: "busy" };
        const bytes = header & LENGTH_MASK;
        if ((header & DISCARDED_BIT) === 0) read(this.#view, start + HEADER_BYTES, bytes);
        count++;
        consumed += (bytes + HEADER_BYTES + 7) & ~7;
        Atomics.store(this.#consumed, 0, BigInt(consumed));
      }
    }
  }

  /** Unmaps it; nothing can be drained after that. Safe to call twice. */
  close(): void {
    this.#consumed = this.#produced = new BigInt64Array(1);
    this.#headers = new Int32Array();
    this.#view = new DataView(new ArrayBuffer());
    for (const map of this.#maps.splice(0)) map.unmap();
  }
}
