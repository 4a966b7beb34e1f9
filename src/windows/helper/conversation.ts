import type { ProcessEnd, RunningProcess } from "../../process/start_process.ts";

/** The version of the protocol (helper/protocol.cs) that we speak. */
const VERSION = 1;

/** The longest line that the helper takes, in bytes, and what its words may be made of. */
const MAX_LINE_BYTES = 512, WORD = /^[!-~]+$/;

/** How long the helper may take to say that it is there, and to answer, in milliseconds. A start after a login takes seconds. */
const HELLO_TIMEOUT_MS = 15_000, ANSWER_TIMEOUT_MS = 5000;

/** What the helper answered to a request. */
export interface HelperAnswer {
  /** The words of each row. */
  readonly rows: readonly (readonly string[])[];
  /** Null where it was done; else the code of the refusal: `syntax`, `refused`, `missing`, `limit`, `socket N`, `fault`. */
  readonly refusal: string | null;
}

/** The helper has ended, or does not answer: nothing more comes of this conversation. */
export class HelperGoneError extends Error {
  /** The class's name, for logs. */
  override readonly name = "HelperGoneError";
}

/** A request that waits for the end of its answer. */
interface Pending {
  readonly rows: string[][];
  readonly resolve: (answer: HelperAnswer) => void;
  readonly reject: (error: HelperGoneError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Talks to one running helper by lines. Nothing that it says is trusted: a line that is no answer to a request of ours, and
 * no event, is passed over.
 */
export class Conversation {
  readonly #process: RunningProcess;
  readonly #onEvent: (words: readonly string[]) => void;
  readonly #pending = new Map<string, Pending>();
  readonly #hello = Promise.withResolvers<number>();
  #lastId = 0;
  #gone: HelperGoneError | null = null;
  /** Resolves once the helper has ended. Never rejects. */
  readonly ended: Promise<ProcessEnd>;

  /**
   * `start`: starts the helper, which passes its lines on to the function that it is given. `onEvent`: called with the words
   * of each event, without the word `event`. Throws CommandError where it cannot be started.
   */
  constructor(
    start: (onLines: (lines: readonly (Uint8Array | null)[]) => void) => RunningProcess,
    onEvent: (words: readonly string[]) => void,
  ) {
    this.#onEvent = onEvent;
    this.#hello.promise.catch(() => {}); // Whoever asks for it hears of it.
    this.#process = start((lines) => lines.forEach((line) => this.#take(line)));
    this.ended = this.#process.ended;
    this.ended.then((end) => this.#end(describeEnd(end)));
  }

  /** Why nothing more comes of it; an empty text as long as something does. */
  get failure(): string {
    return this.#gone?.message ?? "";
  }

  /** The helper's process id on Windows, once it has said that it is there. Throws HelperGoneError. */
  async hello(): Promise<number> {
    const timer = setTimeout(() => this.#end("it does not say that it is there"), HELLO_TIMEOUT_MS);
    try {
      return await this.#hello.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks for something. Throws HelperGoneError, and RangeError for words that cannot be in a line. */
  request(...words: readonly string[]): Promise<HelperAnswer> {
    const id = `${++this.#lastId}`;
    const line = [id, ...words].join(" ");
    if (line.length > MAX_LINE_BYTES || !words.every((word) => WORD.test(word))) {
      throw new RangeError(`Cannot ask the helper for ${JSON.stringify(words)}: not words of ASCII`);
    }
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const { promise, resolve, reject } = Promise.withResolvers<HelperAnswer>();
    const timer = setTimeout(() => this.#end("it does not answer"), ANSWER_TIMEOUT_MS);
    this.#pending.set(id, { rows: [], resolve, reject, timer });
    this.#process.send(`${line}\n`);
    return promise;
  }

  /** Ends the helper by the end of its input, and kills it where it does not go. Waits for that. */
  async close(): Promise<void> {
    this.#gone ??= new HelperGoneError("the helper was told to end");
    const timer = setTimeout(() => this.#process.stop(), 1000);
    this.#process.endInput();
    await this.ended;
    clearTimeout(timer);
  }

  #take(line: Uint8Array | null): void {
    if (line === null) return;
    const [first = "", ...words] = new TextDecoder().decode(line).replace(/\r$/, "").split(" ");
    if (first === "event") return this.#onEvent(words);
    if (first === "helper") return this.#greet(words);
    const pending = this.#pending.get(first);
    const [kind, ...rest] = words;
    if (pending === undefined) return;
    if (kind === "row") pending.rows.push(rest);
    else if (kind === "ok" || kind === "err") {
      clearTimeout(pending.timer);
      this.#pending.delete(first);
      pending.resolve({ rows: pending.rows, refusal: kind === "ok" ? null : rest.join(" ") });
    }
  }

  #greet([version, pid]: readonly string[]): void {
    if (version === `${VERSION}` && /^\d{1,10}$/.test(pid ?? "")) this.#hello.resolve(Number(pid));
    else this.#end(`it speaks version ${Number(version)}, not ${VERSION}`);
  }

  #end(reason: string): void {
    if (this.#gone === null) this.#process.stop();
    this.#gone ??= new HelperGoneError(`The helper on Windows is gone: ${reason}`);
    this.#hello.reject(this.#gone);
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#gone);
    }
    this.#pending.clear();
  }
}

function describeEnd({ exitCode, signal, stderr }: ProcessEnd): string {
  const end = signal === null ? `it ended with ${exitCode}` : `it was ended by ${signal}`;
  return stderr === "" ? end : `${end}: ${stderr.trimEnd().split("\n").at(-1)}`;
}
