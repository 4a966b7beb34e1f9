import { deepStrictEqual as equal } from "node:assert/strict";
import { openBpfCalls } from "../../../../src/ffi/bpf_calls.ts";
import { readPageBytes } from "../../../../src/ffi/mapped_memory.ts";
import { type Drained, RingBuffer } from "../../../../src/linux/ebpf/ringbuf/ring_buffer.ts";
import { openCalls, toCString } from "../../../../src/ffi/libc.ts";

const RING_BYTES = 64 << 10;
const BUSY = 0x8000_0000, DISCARDED = 0x4000_0000;
const O_RDWR = 2;

/** A ring in a file, written as kernel/bpf/ringbuf.c would: the consumer's page, the producer's, the data twice. */
class FileRing implements Disposable {
  readonly #path = Deno.makeTempFileSync({ dir: "/dev/shm" });
  readonly #calls = openBpfCalls();
  readonly #files = openCalls("open", "close");
  readonly #fd: number;
  readonly #pageBytes = readPageBytes(this.#calls);
  readonly reader: RingBuffer;

  constructor() {
    Deno.truncateSync(this.#path, 2 * this.#pageBytes + 2 * RING_BYTES);
    this.#fd = this.#files.symbols.open(toCString(this.#path), O_RDWR);
    this.reader = new RingBuffer(this.#calls, this.#fd, RING_BYTES);
  }

  /** Writes a record of one 64-bit number at a position. Returns the next position. */
  record(position: number, value: bigint, flags = 0, bytes = 8): number {
    for (const copy of [0, RING_BYTES]) {
      const start = 2 * this.#pageBytes + position % RING_BYTES + copy;
      this.#write(start, new Uint8Array(new Uint32Array([(bytes | flags) >>> 0, 0]).buffer));
      // The last copy may reach over the end; the mirror in the middle is what a reader sees of it.
      this.#write(start + 8, new Uint8Array(new BigUint64Array([value]).buffer));
    }
    return position + 8 + Math.ceil(bytes / 8) * 8;
  }

  set consumed(position: number) {
    this.#write(0, new Uint8Array(new BigUint64Array([BigInt(position)]).buffer));
  }

  get consumed(): number {
    return Number(new DataView(Deno.readFileSync(this.#path).buffer).getBigUint64(0, true));
  }

  set produced(position: number) {
    this.#write(this.#pageBytes, new Uint8Array(new BigUint64Array([BigInt(position)]).buffer));
  }

  drain(limit = 100): Drained & { values: bigint[] } {
    const values: bigint[] = [];
    const drained = this.reader.drain(limit, (view, start) => values.push(view.getBigUint64(start, true)));
    return { ...drained, values };
  }

  #write(offset: number, bytes: Uint8Array): void {
    using file = Deno.openSync(this.#path, { write: true });
    file.seekSync(offset, Deno.SeekMode.Start);
    file.writeSync(bytes);
  }

  [Symbol.dispose](): void {
    this.reader.close();
    this.reader.close();
    this.#files.symbols.close(this.#fd);
    this.#files.close();
    this.#calls.close();
    Deno.removeSync(this.#path);
  }
}

Deno.test("RingBuffer reads what was produced, in order, and says how far it is", () => {
  using ring = new FileRing();
  equal(ring.drain(), { count: 0, state: "empty", values: [] });
  ring.produced = ring.record(ring.record(0, 1n), 2n);
  equal(ring.drain(), { count: 2, state: "empty", values: [1n, 2n] });
  equal(ring.consumed, 32);
  equal(ring.drain(), { count: 0, state: "empty", values: [] });
});

Deno.test("RingBuffer stops before a record that is being written, and reads it later", () => {
  using ring = new FileRing();
  const second = ring.record(0, 1n);
  const third = ring.record(second, 2n, BUSY);
  ring.produced = ring.record(third, 3n);
  equal(ring.drain(), { count: 1, state: "busy", values: [1n] });
  equal(ring.consumed, second);
  ring.record(second, 2n);
  equal(ring.drain(), { count: 2, state: "empty", values: [2n, 3n] });
});

Deno.test("RingBuffer passes over what was discarded", () => {
  using ring = new FileRing();
  ring.produced = ring.record(ring.record(0, 1n, DISCARDED, 20), 2n);
  equal(ring.drain(), { count: 2, state: "empty", values: [2n] });
});

Deno.test("RingBuffer reads no more than it is asked to", () => {
  using ring = new FileRing();
  ring.produced = ring.record(ring.record(ring.record(0, 1n), 2n), 3n);
  equal(ring.drain(2), { count: 2, state: "more", values: [1n, 2n] });
  equal(ring.drain(2), { count: 1, state: "empty", values: [3n] });
});

Deno.test("RingBuffer reads over the end of the ring, also behind 2^32 bytes", () => {
  for (const start of [RING_BYTES - 8, 2 ** 32 - 8, 2 ** 40 + RING_BYTES - 8]) {
    using ring = new FileRing();
    ring.consumed = start;
    ring.produced = ring.record(ring.record(start, 1n), 2n);
    equal(ring.drain(), { count: 2, state: "empty", values: [1n, 2n] });
    equal(ring.consumed, start + 32);
  }
});

Deno.test("RingBuffer has nothing to read when it is closed", () => {
  using ring = new FileRing();
  ring.produced = ring.record(0, 1n);
  ring.reader.close();
  equal(ring.drain(), { count: 0, state: "empty", values: [] });
});
