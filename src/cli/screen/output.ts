/** What is written to. */
interface Stream {
  writeSync(bytes: Uint8Array): number;
  /** Missing where it never is one. */
  isTerminal?(): boolean;
}

/**
 * Writes to a stream whose reader may go away at any time (`wslfwd | head`, a closed terminal): what cannot be written is
 * dropped, because the rules matter more than their story.
 */
export class Output {
  /** Whether a terminal shows it. */
  readonly isTerminal: boolean;
  readonly #stream: Stream;
  #isBroken = false;

  /** `stream`: Deno.stdout, Deno.stderr, or a log. */
  constructor(stream: Stream) {
    this.#stream = stream;
    this.isTerminal = stream.isTerminal?.() ?? false;
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
