const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines. What follows the last newline is kept for the next part, and never returned alone. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #isSkipping = false;

  /** `maxLineBytes`: the longest line that is returned, its newline not counted. */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that are complete now, without their newlines; null for one that was too long and is not kept. */
  push(chunk: Uint8Array): (Uint8Array | null)[] {
    const lines: (Uint8Array | null)[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      lines.push(this.#finish(chunk.subarray(start, end)));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  #finish(last: Uint8Array): Uint8Array | null {
    const isTooLong = this.#isSkipping || this.#restBytes + last.length > this.#maxLineBytes;
    const line = isTooLong ? null : this.#restBytes === 0 ? last : concat([...this.#rest, last]);
    this.#drop();
    this.#isSkipping = false;
    return line;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0 || this.#isSkipping) return;
    if (this.#restBytes + part.length > this.#maxLineBytes) {
      this.#drop();
      this.#isSkipping = true;
      return;
    }
    // A copy: the rest may wait long, and the chunk around it should not.
    this.#rest.push(part.slice());
    this.#restBytes += part.length;
  }

  #drop(): void {
    this.#rest = [];
    this.#restBytes = 0;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
