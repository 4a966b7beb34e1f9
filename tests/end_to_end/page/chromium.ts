/** A Chromium without a window, told what to do by its DevTools protocol. */

/** Debian's. */
const CHROMIUM = "/usr/bin/chromium";

/** How long it may take to start, or for one answer, in milliseconds: the machine may be busy. */
const PATIENCE_MS = 60_000;

/** A message of the protocol; what its fields hold depends on the method. */
export interface DevToolsMessage {
  /** Of the answer to a call. */
  readonly id?: number;
  /** Of an event. */
  readonly method?: string;
  /** Of an event. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Of an answer. */
  readonly result?: Readonly<Record<string, unknown>>;
  /** Of an answer that is none. */
  readonly error?: { readonly message: string };
}

/** One page in it. */
export class Chromium implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: DevToolsMessage) => void>();
  /** Every event of the page since it was opened, in order. */
  readonly events: DevToolsMessage[] = [];
  #lastId = 0;
  #session: string | null = null;

  private constructor(child: Deno.ChildProcess, folder: string, socket: WebSocket) {
    this.#child = child;
    this.#folder = folder;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data as string) as DevToolsMessage);
  }

  /** Starts it with an empty page of that size, in CSS pixels, as a phone has it. */
  static async open(width: number, height: number): Promise<Chromium> {
    const folder = await Deno.makeTempDir();
    const child = new Deno.Command(CHROMIUM, {
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"],
        ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
        ...["--remote-debugging-port=0", `--user-data-dir=${folder}`, "about:blank"],
      ],
      // What it writes beside its profile goes there, too.
      env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const url = await findUrl(child);
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`Chromium does not answer at ${url}`));
    });
    const chromium = new Chromium(child, folder, socket);
    const { targetId } = await chromium.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await chromium.call("Target.attachToTarget", { targetId, flatten: true });
    chromium.#session = sessionId as string;
    await chromium.call("Page.enable");
    await chromium.call("Network.enable");
    await chromium.call("Emulation.setDeviceMetricsOverride", {
      ...{ width, height, deviceScaleFactor: 1, mobile: true },
    });
    return chromium;
  }

  /** Calls a method of the protocol. Throws where it refuses, or does not answer. */
  call(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Chromium does not answer ${method}`)), PATIENCE_MS);
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
      const session = this.#session === null ? {} : { sessionId: this.#session };
      this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    });
  }

  /** Opens a URL; resolves once its load event has fired. */
  async goTo(url: string): Promise<void> {
    const before = this.events.length;
    await this.call("Page.navigate", { url });
    await this.#until(() => this.events.slice(before).some(({ method }) => method === "Page.loadEventFired"));
  }

  /** The value of an expression in the page; a promise is awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", options) as {
      result: { value: T };
      exceptionDetails?: { text: string };
    };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  }

  /** The hosts of every request that the page made. */
  get requestedHosts(): string[] {
    const urls = this.events.filter(({ method }) => method === "Network.requestWillBeSent")
      .map(({ params }) => new URL((params!.request as { url: string }).url));
    return [...new Set(urls.filter(({ protocol }) => protocol !== "data:").map(({ host }) => host))];
  }

  /** Ends it, and removes what it wrote. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.onmessage = null;
    this.#child.kill("SIGKILL");
    await this.#child.status;
    // Processes of its own that end a moment later may still write there.
    for (let i = 0; i < 20; i++) {
      try {
        await Deno.remove(this.#folder, { recursive: true });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  #take(message: DevToolsMessage): void {
    if (message.id === undefined) {
      this.events.push(message);
      this.#onEvent();
      return;
    }
    this.#waiting.get(message.id)?.(message);
    this.#waiting.delete(message.id);
  }

  #onEvent: () => void = () => {};

  async #until(isThere: () => boolean): Promise<void> {
    const limit = AbortSignal.timeout(PATIENCE_MS);
    while (!isThere()) {
      await new Promise<void>((resolve, reject) => {
        this.#onEvent = resolve;
        limit.onabort = () => reject(new Error("Chromium's page does not come"));
      });
    }
    this.#onEvent = () => {};
  }
}

/** What it prints: `DevTools listening on ws://127.0.0.1:…`. The rest of what it says is dropped. */
async function findUrl(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Chromium ended: ${said}`);
    said += value;
    const url = /DevTools listening on (ws:\S+)\n/.exec(said)?.[1];
    if (url === undefined) continue;
    void (async () => {
      while (!(await reader.read()).done);
    })().catch(() => {});
    return url;
  }
}
