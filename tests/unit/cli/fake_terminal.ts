import type { Terminal, TerminalSize } from "../../../src/cli/screen/terminal/terminal.ts";

/** A terminal that keeps what is written, and does what it is told when it is told. */
export class FakeTerminal implements Terminal {
  /** Everything written, in order. */
  readonly written: string[] = [];
  /** What it says of its size. */
  currentSize: TerminalSize = { columns: 80, rows: 24 };
  /** While set, `write` waits for it: a terminal that takes nothing. */
  blocked: Promise<void> | null = null;
  readonly #listeners = new Map<string, Set<() => void>>();

  /** How many listeners there are. */
  get listenerCount(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Does as if something had happened: `resize`, `stop`, `continue` or `exit`. */
  dispatch(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener();
  }

  /** Empties `written` and gives it. */
  take(): string {
    return this.written.splice(0).join("");
  }

  size(): TerminalSize {
    return this.currentSize;
  }

  async write(text: string): Promise<void> {
    this.written.push(text);
    await this.blocked;
  }

  writeNow(text: string): void {
    this.written.push(text);
  }

  onResize(listener: () => void): () => void {
    return this.#listen("resize", listener);
  }

  onSuspend(onStop: () => void, onContinue: () => void): () => void {
    const ends = [this.#listen("stop", onStop), this.#listen("continue", onContinue)];
    return () => ends.forEach((end) => end());
  }

  onExit(listener: () => void): () => void {
    return this.#listen("exit", listener);
  }

  #listen(event: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }
}
