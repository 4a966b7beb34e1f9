import { delay } from "../../time/delay.ts";
import { messageOf } from "../../process/command.ts";
import { ExitCode } from "../exit_code.ts";
import { Refusal } from "../refusal.ts";

/**
 * An abstract socket of this name is the lock: it belongs to the network namespace, which all distros of the VM share, and
 * it is gone when its process is, however that ended (unix(7)).
 */
const PATH = "\0wslfwd";

/** How long a holder has to say who it is, and how much of its answer is read: 65,535 ports take half of that. */
const ANSWER_TIMEOUT_MS = 2000, MAX_ANSWER_BYTES = 1 << 25;

/**
 * How many may ask and not read their answer. Any user can, for ever; each holds a descriptor that we need to start
 * programs, and Deno does not give up a write that waits.
 */
const MAX_UNREAD = 64;

/** What whoever wants the lock says to its holder, who may be about to give it back. */
const WANTED = new TextEncoder().encode("w");

/** The task of an instance that only removes rules, and ends. */
export const CLEANING = "clean-rules";

/** How often, and how many times at most, the end of a clean-up is waited for. */
const WAIT_MS = 100, MAX_WAITS = 100;

/** What the holder of the lock says of itself: one JSON object. */
export interface InstanceAnswer {
  /** Always `wslfwd`. */
  readonly app: "wslfwd";
  /** Its process id, in its own distro. */
  readonly pid: number;
  /** What it does: {@link CLEANING}, `auto`, `manual`. */
  readonly task: string;
  /** Everything else. */
  readonly [field: string]: unknown;
}

/** The right to be the one instance that changes rules. */
export class InstanceLock implements Disposable {
  readonly #listener: Deno.UnixListener;
  readonly #answer: () => InstanceAnswer;
  readonly #want = Promise.withResolvers<void>();
  #isReleased = false;
  #unread = 0;

  private constructor(listener: Deno.UnixListener, answer: () => InstanceAnswer) {
    this.#listener = listener;
    this.#answer = answer;
    // Answering must not keep a finished program alive.
    listener.unref();
    this.#serve();
  }

  /**
   * Takes the lock; `answer` is what whoever asks is told. Throws Refusal where another holds it, but waits for one that
   * only cleans up: the watchdog of a wslfwd that was killed a moment ago.
   */
  static async take(answer: () => InstanceAnswer): Promise<InstanceLock> {
    for (let waits = 0;; waits++) {
      try {
        return new InstanceLock(Deno.listen({ transport: "unix", path: PATH }), answer);
      } catch (error) {
        if (!(error instanceof Deno.errors.AddrInUse)) {
          throw new Refusal(ExitCode.FAILED, `Cannot take the lock of this VM: ${messageOf(error)}`);
        }
      }
      const holder = await askInstance({ wantsLock: true }).catch((error) => {
        if (error instanceof ForeignHolder && error.isGone && waits < MAX_WAITS) return null;
        throw error;
      });
      const isEnding = holder === null || holder.task === CLEANING;
      if (!isEnding || waits >= MAX_WAITS) {
        const who = holder === null ? "" : ` (pid ${holder.pid})`;
        const message = `wslfwd is already running in this VM${who}; stop it first`;
        throw new Refusal(ExitCode.ALREADY_RUNNING, message);
      }
      await delay(WAIT_MS);
    }
  }

  /** Resolves when another instance has asked for the lock. */
  get wanted(): Promise<void> {
    return this.#want.promise;
  }

  /** Gives the lock back. */
  [Symbol.dispose](): void {
    this.#isReleased = true;
    this.#listener.close();
  }

  async #serve(): Promise<void> {
    while (!this.#isReleased) {
      try {
        this.#reply(await this.#listener.accept());
      } catch {
        // Released, or short of descriptors for a while: who asks next wants an answer.
        if (!this.#isReleased) await delay(WAIT_MS);
      }
    }
  }

  async #reply(connection: Deno.UnixConn): Promise<void> {
    if (this.#unread >= MAX_UNREAD) return connection.close();
    this.#unread++;
    try {
      const bytes = new TextEncoder().encode(JSON.stringify(this.#answer()) + "\n");
      for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
      await connection.closeWrite();
      if (await connection.read(new Uint8Array(WANTED.length)) !== null) this.#want.resolve();
    } catch {
      // Whoever asked has gone.
    } finally {
      this.#unread--;
      connection.close();
    }
  }
}

/** A program holds the lock that is no wslfwd, or does not answer. */
export class ForeignHolder extends Refusal {
  /** `isGone`: it hung up without a word, as a wslfwd does that is killed or just ends. */
  constructor(message: string, readonly isGone: boolean) {
    super(ExitCode.ALREADY_RUNNING, message);
  }
}

/**
 * Asks the instance that runs in this VM about itself; null where none runs. `wantsLock`: and has it know that its lock is
 * wanted. Throws ForeignHolder, a Refusal.
 */
export async function askInstance(options?: { readonly wantsLock: boolean }): Promise<InstanceAnswer | null> {
  let connection: Deno.UnixConn;
  try {
    connection = await Deno.connect({ transport: "unix", path: PATH });
  } catch (error) {
    if (isNobody(error)) return null;
    throw new ForeignHolder(`Cannot ask who holds wslfwd's lock: ${messageOf(error)}`, false);
  }
  let isLate = false, text = "";
  const timer = setTimeout(() => {
    isLate = true;
    connection.close();
  }, ANSWER_TIMEOUT_MS);
  try {
    if (options?.wantsLock === true) await connection.write(WANTED).catch(() => {}); // It has hung up.
    text = await readAll(connection);
    return parseAnswer(text);
  } catch {
    throw new ForeignHolder(
      "Another program holds wslfwd's lock (the abstract socket @wslfwd) and does not answer as wslfwd; " +
        "find it with: sudo ss -xlp | grep @wslfwd",
      text === "" && !isLate,
    );
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // The timer was faster.
    }
  }
}

/** Whether nobody listens, or whoever did has just ended: what waited for it is reset then. */
function isNobody(error: unknown): boolean {
  const { ConnectionRefused, ConnectionReset, NotFound } = Deno.errors;
  return [ConnectionRefused, ConnectionReset, NotFound].some((kind) => error instanceof kind);
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true }), chunk = new Uint8Array(1 << 16);
  let text = "", size = 0;
  // Who hangs up without reading our word resets the connection behind its answer.
  const read = () =>
    connection.read(chunk).catch((error) => {
      if (size > 0 && error instanceof Deno.errors.ConnectionReset) return null;
      throw error;
    });
  for (let count: number | null; (count = await read()) !== null;) {
    size += count;
    if (size > MAX_ANSWER_BYTES) throw new RangeError("The answer is too long");
    text += decoder.decode(chunk.subarray(0, count), { stream: true });
  }
  return text + decoder.decode();
}

function parseAnswer(text: string): InstanceAnswer {
  const answer = JSON.parse(text);
  if (answer?.app !== "wslfwd" || !Number.isInteger(answer.pid) || typeof answer.task !== "string") {
    throw new TypeError("Not an answer of wslfwd");
  }
  return answer;
}
