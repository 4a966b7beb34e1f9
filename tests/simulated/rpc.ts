/** Calls between the tests and the processes that they keep in other namespaces: JSON lines over stdin and stdout. */

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly args?: unknown[];
  readonly result?: unknown;
  readonly error?: string;
  readonly event?: string;
  readonly booted?: boolean;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(reason: Error): void;
}

/** What a method of the other side looks like from here. */
type Remote<Methods, Name extends keyof Methods> = Methods[Name] extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<Awaited<Result>>
  : never;

/** The calling end, in the tests. */
export class RpcClient<Methods> {
  /** Resolves when the boot script has made the namespaces. */
  readonly booted: Promise<void>;
  /** Resolves when the other side has closed its output. */
  readonly ended: Promise<void>;
  /** Called for each event that the other side sends. */
  onEvent: (name: string) => void = () => {};
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #name: string;
  #boot: () => void = () => {};
  #nextId = 1;
  #isClosed = false;

  /** `name` stands in error messages. */
  constructor(name: string, child: Deno.ChildProcess) {
    this.#name = name;
    this.#input = child.stdin.getWriter();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.booted = promise;
    promise.catch(() => {});
    this.#boot = resolve;
    this.ended = this.#read(child.stdout).then(() => {
      const reason = new Error(`${name} has ended`);
      reject(reason);
      this.#isClosed = true;
      for (const waiting of this.#waiting.values()) waiting.reject(reason);
      this.#waiting.clear();
    });
  }

  /** Calls a method of the other side. Rejects with what it threw, or when it has ended. */
  call<Name extends keyof Methods & string>(
    method: Name,
    ...args: Parameters<Remote<Methods, Name>>
  ): ReturnType<Remote<Methods, Name>>;
  call(method: string, ...args: unknown[]): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new Error(`Cannot call ${method}: ${this.#name} has ended`));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#input.write(encodeLine({ id, method, args })).catch(() => {});
    });
  }

  /** Closes the other side's input, which ends it. */
  async close(): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.ended;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const message of readMessages(stream)) {
      if (message.booted) this.#boot();
      else if (message.event !== undefined) this.onEvent(message.event);
      else {
        const waiting = this.#waiting.get(message.id!);
        this.#waiting.delete(message.id!);
        if (message.error === undefined) waiting?.resolve(message.result);
        else waiting?.reject(new Error(`${this.#name}: ${message.error}`));
      }
    }
  }
}

/**
 * The answering end, in the other process: calls the methods of `target` until stdin ends, then ends the process,
 * so that nothing outlives the tests, however they end. Returns the function that sends an event.
 */
export function serveRpc(target: object): (event: string) => void {
  const output = Deno.stdout.writable.getWriter();
  const send = (message: Message) => void output.write(encodeLine(message)).catch(() => Deno.exit(0));
  const answer = async (message: Message) => {
    try {
      const method = (target as Record<string, (...args: unknown[]) => unknown>)[message.method!]!;
      send({ id: message.id!, result: await method.apply(target, message.args!) ?? null });
    } catch (error) {
      send({ id: message.id!, error: error instanceof Error ? error.stack ?? error.message : String(error) });
    }
  };
  (async () => {
    for await (const message of readMessages(Deno.stdin.readable)) answer(message);
    Deno.exit(0);
  })();
  return (event) => send({ event });
}

function encodeLine(message: Message): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message) + "\n");
}

async function* readMessages(stream: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  for await (const line of readLines(stream)) if (line !== "") yield JSON.parse(line);
}

/** The lines of a stream, without their ends; an unfinished last line too. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
