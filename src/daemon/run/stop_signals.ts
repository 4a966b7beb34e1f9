/** Says when the user, the system or the terminal wants wslfwd to end: SIGINT, SIGTERM, SIGHUP. */
export class StopSignals {
  static readonly #SIGNALS: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  readonly #controller = new AbortController();
  readonly #listeners: readonly { signal: Deno.Signal; listener: () => void }[];

  /** `onInsist` is called for the second Ctrl-C: the user does not want to wait. */
  constructor(onInsist: () => void) {
    let interrupts = 0;
    this.#listeners = StopSignals.#SIGNALS.map((signal) => {
      const listener = () => {
        if (signal === "SIGINT" && ++interrupts > 1) onInsist();
        this.#controller.abort();
      };
      Deno.addSignalListener(signal, listener);
      return { signal, listener };
    });
  }

  /** Aborted by the first of the signals. */
  get stop(): AbortSignal {
    return this.#controller.signal;
  }

  /** Leaves the signals to the system again. */
  release(): void {
    for (const { signal, listener } of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}
