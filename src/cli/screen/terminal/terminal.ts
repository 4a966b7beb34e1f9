/** How much a terminal shows. */
export interface TerminalSize {
  /** Columns. */
  readonly columns: number;
  /** Rows. */
  readonly rows: number;
}

/** What a screen needs of a terminal. A terminal that is gone takes everything and shows nothing. */
export interface Terminal {
  /** Its size now. */
  size(): TerminalSize;
  /** Writes without holding up anything else. Resolves when it was written, or cannot be. */
  write(text: string): Promise<void>;
  /** Writes at once, for the end of the process. */
  writeNow(text: string): void;
  /** Calls back when the size changed. Gives a function that ends that. */
  onResize(listener: () => void): () => void;
  /** Calls `onStop` before Ctrl-Z stops the process, `onContinue` when it goes on. Gives a function that ends that. */
  onSuspend(onStop: () => void, onContinue: () => void): () => void;
  /** Calls back when the process ends: by itself, by Deno.exit(), or by an error nobody caught. Gives a function that ends that. */
  onExit(listener: () => void): () => void;
}

/** How output is shown: as a table that is redrawn, or as lines. */
export function chooseOutput(
  isTerminal: boolean,
  env: (name: string) => string | undefined,
): "table" | "lines" {
  const term = env("TERM") ?? "";
  // https://no-color.org: set and not empty. Who asks for it gets no other escape sequence either.
  const isPlain = (env("NO_COLOR") ?? "") !== "";
  return isTerminal && !isPlain && term !== "" && term !== "dumb" ? "table" : "lines";
}

/** The terminal that stdout is. */
export function openTerminal(): Terminal {
  const encoder = new TextEncoder();
  return {
    size: terminalSize,
    write: async (text) => {
      let bytes = encoder.encode(text);
      try {
        while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
      } catch {
        // The terminal is gone. What wslfwd does does not depend on being watched.
      }
    },
    writeNow: (text) => {
      let bytes = encoder.encode(text);
      try {
        while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
      } catch {
        // The same.
      }
    },
    onResize: (listener) => listenTo("SIGWINCH", listener),
    onSuspend: (onStop, onContinue) => {
      const ends = [
        listenTo("SIGTSTP", () => {
          onStop();
          // Having a listener keeps SIGTSTP from stopping us; SIGSTOP cannot be kept from it.
          Deno.kill(Deno.pid, "SIGSTOP");
        }),
        listenTo("SIGCONT", onContinue),
      ];
      return () => ends.forEach((end) => end());
    },
    onExit: (listener) => {
      // An error that nobody catches ends the process without an unload event.
      const events = ["unload", "error", "unhandledrejection"];
      for (const event of events) globalThis.addEventListener(event, listener);
      return () => {
        for (const event of events) globalThis.removeEventListener(event, listener);
      };
    },
  };
}

function listenTo(signal: Deno.Signal, listener: () => void): () => void {
  Deno.addSignalListener(signal, listener);
  return () => Deno.removeSignalListener(signal, listener);
}

/** How much the terminal that stdout is shows; 80 x 24 where it does not say. */
export function terminalSize(): TerminalSize {
  try {
    const { columns, rows } = Deno.consoleSize();
    // A terminal that was never told its size says 0.
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // No terminal: what every terminal once was.
  }
  return { columns: 80, rows: 24 };
}
