/** More than any kernel has; what it does not know must be zero, and is. */
const ATTRIBUTE_BYTES = 128;

/** union bpf_attr, and what it points to. */
export class Attribute {
  /** What the kernel is given. */
  // Over 64 bytes, so that V8 keeps it outside of its heap, where nothing moves.
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(ATTRIBUTE_BYTES);
  readonly #view = new DataView(this.bytes.buffer);
  #referenced: ArrayBuffer[] = [];

  /** Sets 32 bits at a place in bytes. Returns itself. */
  set32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true);
    return this;
  }

  /** Points to the beginning of what is behind `target`. Asking for its `buffer` moves that out of V8's heap. */
  setAddress(offset: number, target: Uint8Array<ArrayBuffer>): this {
    this.#referenced.push(target.buffer);
    this.#view.setBigUint64(offset, Deno.UnsafePointer.value(Deno.UnsafePointer.of(target.buffer)), true);
    return this;
  }

  /** To be called after the call: this is what keeps the memory alive that it points to. */
  release(): void {
    this.#referenced = [];
  }
}
