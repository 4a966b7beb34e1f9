/** How long a connection may take to come through, in milliseconds. */
const CONNECT_MS = 3_000;

const PAGE =
  "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\nConnection: close\r\n\r\nwslfwd works.\n";

/** A web server for one trial. It reads nothing of what it is asked. */
export class TrialServer implements Disposable {
  readonly #listener: Deno.TcpListener;
  readonly #came = Promise.withResolvers<boolean>();
  readonly #outsider = Promise.withResolvers<void>();
  #isExpecting = true;
  #count = 0;
  #expected = 0;

  /** `port`: in the guest, on all of its addresses. Throws what the system says against it. */
  constructor(port: number) {
    this.#listener = Deno.listen({ hostname: "0.0.0.0", port });
    this.#serve();
  }

  /** Where it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** How many connections came after the one that was waited for. */
  get outsiders(): number {
    return this.#count - this.#expected;
  }

  /** Resolves with whether the first connection has come, or comes in a moment. */
  async waitForConnection(): Promise<boolean> {
    const timer = setTimeout(() => this.#came.resolve(false), CONNECT_MS);
    const isThere = await this.#came.promise;
    clearTimeout(timer);
    this.#expected = this.#count;
    this.#isExpecting = false;
    return isThere;
  }

  /** Resolves when another connection comes after that one; else never. */
  get waitForOutsider(): Promise<void> {
    return this.#outsider.promise;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#count++;
      this.#came.resolve(true);
      if (!this.#isExpecting) this.#outsider.resolve();
      // Whoever connected may be gone already.
      connection.write(new TextEncoder().encode(PAGE)).then(() => connection.closeWrite(), () => {}).finally(
        () => {
          try {
            connection.close();
          } catch {
            // It is.
          }
        },
      );
    }
  }
}
