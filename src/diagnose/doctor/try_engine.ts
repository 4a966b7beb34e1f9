import type { ListenEvent, Wake, WakeSource } from "../../contracts/wake.ts";

/** How long an engine may take to tell of a socket, in milliseconds. Usual are 0.3. */
const TELL_MS = 5000;

/**
 * Starts an engine, listens on a port of loopback for a moment, and stops the engine again: nothing tells better whether it
 * works. Returns what it did not tell: that the socket began to listen, or that it ended; null where it told both. Rejects
 * with WakeSourceError where it does not start. `tellMs`: how long it may take to tell of one of them.
 */
export async function tryEngine(engine: WakeSource, tellMs = TELL_MS): Promise<ListenEvent["kind"] | null> {
  const witness = new Witness(tellMs);
  try {
    await engine.start((wake) => witness.add(wake), () => {});
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const isOpenTold = await witness.wasTold("open", port);
    listener.close();
    if (!isOpenTold) return "open";
    return await witness.wasTold("close", port) ? null : "close";
  } finally {
    await engine.stop();
  }
}

/** What an engine has told so far. */
class Witness {
  #wakes: Wake[] = [];
  #woken = Promise.withResolvers<void>();

  constructor(readonly tellMs: number) {}

  add(wake: Wake): void {
    this.#wakes.push(wake);
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }

  /** Resolves when the engine has told of this, or with false where it does not in time. */
  async wasTold(kind: ListenEvent["kind"], port: number): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve();
    }, this.tellMs);
    try {
      while (!isLate) {
        if (this.#take(kind, port)) return true;
        await Promise.race([this.#woken.promise, late]);
      }
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * An engine that cannot look into sockets says only that something happened; and a port that the kernel has picked is
   * given back before a close is told.
   */
  #take(kind: ListenEvent["kind"], port: number): boolean {
    const index = this.#wakes.findIndex(({ events }) =>
      events.length === 0 ||
      events.some((event) => event.kind === kind && (event.port === port || event.port === 0))
    );
    if (index >= 0) {
      this.#wakes = this.#wakes.slice(this.#wakes[index]!.events.length === 0 ? index + 1 : index);
    }
    return index >= 0;
  }
}
