import { chooseOutput, openTerminal, type Terminal } from "./terminal.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

/** A step that ends sooner is not worth a flash on the screen; in milliseconds. */
const DELAY_MS = 200;

/** How long each frame stays, in milliseconds. */
const FRAME_MS = 100;

/** How long a step takes before its seconds are counted, in milliseconds. */
const COUNT_AFTER_MS = 3000;

/** What every long first step is. */
export const ASKING = "asking Windows what it holds …";

/** Shows in one line of a terminal that a long step is under way, and what it is. */
export class Spinner {
  readonly #terminal: Terminal;
  #text = "";
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isShown = false;
  #startedMs = 0;

  /** Writes nothing before `start`. */
  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Starts it, or changes its text: one line, fit for a terminal. */
  start(text: string): void {
    if (this.#timer === null) this.#startedMs = performance.now();
    this.#text = text;
    this.#timer ??= setTimeout(() => this.#turn(), DELAY_MS);
  }

  /** Removes it from the screen. Safe to call twice, and before `start`. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isShown) this.#terminal.writeNow("\r\x1b[K");
    this.#isShown = false;
  }

  #turn(): void {
    this.#isShown = true;
    const elapsedMs = performance.now() - this.#startedMs;
    const seconds = elapsedMs < COUNT_AFTER_MS ? "" : ` ${Math.floor(elapsedMs / 1000)} s; Ctrl-C ends it`;
    const text = `${FRAMES[this.#frame++ % FRAMES.length]} ${this.#text}${seconds}`;
    this.#terminal.writeNow(`\r${text.slice(0, this.#terminal.size().columns - 1)}\x1b[K`);
    this.#timer = setTimeout(() => this.#turn(), FRAME_MS);
  }
}

/** Does a long step, a spinner on stdout meanwhile where that is a terminal that takes one. */
export async function withSpinner<T>(text: string, isSilent: boolean, step: () => Promise<T>): Promise<T> {
  if (isSilent || chooseOutput(Deno.stdout.isTerminal(), (name) => Deno.env.get(name)) === "lines") {
    return await step();
  }
  const spinner = new Spinner(openTerminal());
  spinner.start(text);
  try {
    return await step();
  } finally {
    spinner.stop();
  }
}
