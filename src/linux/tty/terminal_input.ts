import { DescriptorWait } from "../../ffi/descriptor_wait.ts";

/** The descriptor of stdin. */
const STDIN = 0;

/**
 * Reads keys from the terminal that stdin is. Key by key and without an echo, but with the signals of Ctrl-C and Ctrl-Z.
 * Never while another job has the terminal: whoever reads or sets it then is stopped (SIGTTIN, SIGTTOU; termios(3)), so
 * wslfwd in the background would stop to forward.
 */
export class TerminalInput {
  readonly #onText: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #wait: DescriptorWait | null = null;
  #running: Promise<void> = Promise.resolve();

  /** Does nothing yet. `onText` is given what keys sent, as it comes. */
  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  /** Whether there is a terminal to read from, and it is ours now. */
  static isThere(): boolean {
    return Deno.stdin.isTerminal() && isForeground(readStat());
  }

  /** Reads from now on, where the terminal is ours; does nothing where it reads already. */
  start(): void {
    if (this.#wait !== null || !TerminalInput.isThere()) return;
    try {
      Deno.stdin.setRaw(true, { cbreak: true });
      this.#wait = new DescriptorWait(STDIN);
    } catch {
      return this.pause(); // A terminal without keys is still one to look at.
    }
    const wait = this.#wait;
    this.#running = this.#running.then(() => this.#read(wait));
  }

  /** Gives the terminal back as it was; {@link start} takes it again. Safe to call twice, and at the end of the process. */
  pause(): void {
    const wait = this.#wait;
    this.#wait = null;
    if (wait !== null) void wait.stop();
    try {
      // Who is in the background has paused before.
      if (wait !== null && TerminalInput.isThere()) Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone.
    }
  }

  /** The same, and resolves when nobody reads any more. */
  async close(): Promise<void> {
    this.pause();
    await this.#running;
  }

  async #read(wait: DescriptorWait): Promise<void> {
    const bytes = new Uint8Array(1024);
    while (await wait.next() === "ready") {
      if (this.#wait !== wait || !TerminalInput.isThere()) return;
      const length = readNow(bytes);
      if (length === null) return;
      this.#onText(this.#decoder.decode(bytes.subarray(0, length), { stream: true }));
    }
  }
}

/** Does not wait: it is known that there is something. */
function readNow(bytes: Uint8Array): number | null {
  try {
    return Deno.stdin.readSync(bytes);
  } catch {
    return null;
  }
}

function readStat(): string {
  try {
    return Deno.readTextFileSync("/proc/self/stat");
  } catch {
    return "";
  }
}

/** Whether the process group is the one that its terminal listens to: fields 5 and 8 of /proc/<pid>/stat (proc(5)). */
export function isForeground(stat: string): boolean {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.length > 5 && fields[2] === fields[5];
}
