/**
 * Writes to a stream whose reader may go away at any time (`wslfwd | head`, a closed terminal): what cannot be written is
 * dropped, because the rules matter more than their story.
 */
export class Output {
  readonly #stream: { writeSync(bytes: Uint8Array): number };
  #isBroken = false;

  /** `stream`: Deno.stdout or Deno.stderr. */
  constructor(stream: { writeSync(bytes: Uint8Array): number }) {
    this.#stream = stream;
  }

  /** Writes the whole text, or drops it where nobody reads. Never throws. */
  write(text: string): void {
    if (this.#isBroken) return;
    try {
      for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
        rest = rest.subarray(this.#stream.writeSync(rest));
      }
    } catch {
      this.#isBroken = true;
    }
  }
}
