import type { Terminal, TerminalSize } from "./terminal.ts";

/**
 * Undoes everything that a screen does to a terminal: for whoever cleans up after a wslfwd that was killed. CAN ends
 * an escape sequence that was cut off; then synchronized update off, wrapping on, cursor on, main screen.
 */
export const RESTORE_TERMINAL = "\x18\x1b[?2026l\x1b[?7h\x1b[?25h\x1b[?1049l";

const ENTER = "\x1b[?1049h\x1b[?25l";
const BEGIN = "\x1b[?2026h\x1b[?7l\x1b[H";
const END = "\x1b[H\x1b[?7h\x1b[?2026l";

/** How long the end waits for a terminal that does not take the rest of a frame (Ctrl-S), in milliseconds. */
const LAST_WRITE_MS = 300;

/** What reads keys while the screen is shown. */
export interface ScreenInput {
  /** Reads from now on. */
  start(): void;
  /** Gives the terminal's settings back. Safe to call twice. */
  pause(): void;
}

/**
 * Shows frames on a terminal. On the alternate screen: a frame drawn over the last one on the main screen would be
 * wrapped anew by the terminal at each resize, and leave torn lines in the scrollback; and clearing the main screen,
 * as the predecessor does, destroys what stood there. What should outlast the screen is printed after `close`.
 *
 * No frame flickers: it goes out in one write between the marks of a synchronized update (terminals that do not know
 * it ignore it), and each line is cleared just before it is drawn (not after: the cursor of a full line stands on its
 * last column, and would clear that). Wrapping is off meanwhile, so that a width that the terminal sees otherwise costs a column and not the layout.
 */
export class TerminalScreen {
  readonly #terminal: Terminal;
  readonly #input: ScreenInput | null;
  #render: ((size: TerminalSize) => readonly string[]) | null = null;
  #shown = "";
  #isOpen = false;
  #isStale = false;
  #drawing: Promise<void> | null = null;
  #ends: (() => void)[] = [];

  /** Nothing is written before the first `show`. `input`: what reads keys meanwhile. */
  constructor(terminal: Terminal, input: ScreenInput | null = null) {
    this.#terminal = terminal;
    this.#input = input;
  }

  /** Shows what `render` makes, now and after each resize, until the next `show`. Of many in a row the last counts. */
  show(render: (size: TerminalSize) => readonly string[]): void {
    this.#render = render;
    this.#open();
    this.#redraw();
  }

  /** Gives the terminal back as it was. Safe to call twice; `show` opens it again. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#forget();
    if (this.#drawing !== null) {
      const { promise: patience, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LAST_WRITE_MS);
      await Promise.race([this.#drawing, patience]);
      clearTimeout(timer);
    }
    this.#restore();
  }

  #restore(): void {
    this.#input?.pause();
    this.#terminal.writeNow(RESTORE_TERMINAL);
  }

  #open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#ends = [
      this.#terminal.onResize(() => this.#redraw(true)),
      this.#terminal.onSuspend(
        () => {
          this.#shown = "";
          this.#restore();
        },
        () => {
          this.#input?.start();
          this.#redraw(true);
        },
      ),
      this.#terminal.onExit(() => this.#restore()),
    ];
    this.#input?.start();
    this.#shown = "";
  }

  #forget(): void {
    this.#isOpen = false;
    for (const end of this.#ends.splice(0)) end();
  }

  /** `isLost`: the terminal may show something else by now. */
  #redraw(isLost = false): void {
    if (isLost) this.#shown = "";
    this.#isStale = true;
    this.#drawing ??= this.#drawLatest().finally(() => this.#drawing = null);
  }

  /** One write at a time: a terminal that takes nothing (Ctrl-S) holds up frames, and nothing else. */
  async #drawLatest(): Promise<void> {
    while (this.#isStale && this.#isOpen && this.#render !== null) {
      this.#isStale = false;
      const size = this.#terminal.size();
      const lines = this.#render(size);
      // Behind the last line of a full screen there is nothing to clear, and going there would scroll it.
      const rest = lines.length < size.rows ? "\r\n\x1b[J" : "";
      const frame = lines.map((line) => `\x1b[K${line}`).join("\r\n") + rest;
      if (frame === this.#shown) continue;
      const enter = this.#shown === "" ? ENTER : "";
      this.#shown = frame;
      await this.#terminal.write(`${enter}${BEGIN}${frame}${END}`);
    }
  }
}
