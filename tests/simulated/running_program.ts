import { readLines } from "./rpc.ts";
import { onlyChildOf } from "./namespaces.ts";

/** How long a line is waited for, in milliseconds. */
const WAIT_MS = 30_000;

/** How a program ended. */
export interface Exit {
  /** Its exit status; 128 + n where signal n ended it. */
  readonly code: number;
  /** Everything that it printed. */
  readonly stdout: string;
  /** The same for stderr. */
  readonly stderr: string;
}

/** A program that runs in the guest: what it prints as it prints it, and its end. */
export class RunningProgram {
  /** Resolves when it has ended and everything that it printed is here. */
  readonly exit: Promise<Exit>;
  /** Every line of stdout so far. */
  readonly lines: string[] = [];
  /** Every line of stderr so far. */
  readonly errorLines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #name: string;
  #news = Promise.withResolvers<void>();
  #isEnded = false;

  /** `child`: nsenter(1), which starts the program as its only child. */
  constructor(name: string, child: Deno.ChildProcess) {
    this.#name = name;
    this.#child = child;
    const read = async (stream: ReadableStream<Uint8Array>, lines: string[]) => {
      for await (const line of readLines(stream)) {
        lines.push(line);
        this.#tell();
      }
    };
    this.exit = Promise.all([
      child.status,
      read(child.stdout, this.lines),
      read(child.stderr, this.errorLines),
    ])
      .then(([status]) => {
        this.#isEnded = true;
        this.#tell();
        return { code: status.code, stdout: this.lines.join("\n"), stderr: this.errorLines.join("\n") };
      });
  }

  /** Its process id as the tests see it (inside the guest it has another). */
  pid(): Promise<number> {
    return onlyChildOf(this.#child.pid);
  }

  /** Sends it a signal. Does nothing where it has ended. */
  async kill(signal: Deno.Signal): Promise<void> {
    if (this.#isEnded) return;
    try {
      Deno.kill(await this.pid(), signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !this.#isEnded) throw error;
    }
  }

  /** The first line, so far or to come, that matches, from either stream. Throws where none comes. */
  waitForLine(pattern: RegExp, timeoutMs: number = WAIT_MS): Promise<RegExpExecArray> {
    return this.#find(
      () => {
        for (const line of [...this.lines, ...this.errorLines]) {
          const match = pattern.exec(line);
          if (match !== null) return match;
        }
        return null;
      },
      String(pattern),
      timeoutMs,
    );
  }

  /** Resolves when there are more lines on stdout than `count`: true; or when it has ended: false. */
  async waitForMoreThan(count: number): Promise<boolean> {
    while (this.lines.length <= count && !this.#isEnded) await this.#news.promise;
    return this.lines.length > count;
  }

  /** The first JSON object on stdout, so far or to come, of a type and as wanted. Throws where none comes. */
  waitForEvent(
    type: string,
    isWanted: (event: Record<string, unknown>) => boolean = () => true,
    timeoutMs: number = WAIT_MS,
  ): Promise<Record<string, unknown>> {
    return this.#find(
      () => this.events().find((event) => event.type === type && isWanted(event)) ?? null,
      `${type} ${isWanted}`,
      timeoutMs,
    );
  }

  /** Every JSON object on stdout so far. */
  events(): Record<string, unknown>[] {
    return this.lines.flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
  }

  async #find<Found>(find: () => Found | null, wanted: string, timeoutMs: number): Promise<Found> {
    const timeout = Promise.withResolvers<void>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      timeout.resolve();
    }, timeoutMs);
    try {
      while (true) {
        const news = this.#news.promise, isLast = this.#isEnded || isLate;
        const found = find();
        if (found !== null) return found;
        if (isLast) {
          throw new Error(
            `${this.#name} ${
              this.#isEnded ? "has ended" : `ran ${timeoutMs} ms`
            } without ${wanted}. It printed:\n` +
              [...this.lines, ...this.errorLines].join("\n"),
          );
        }
        await Promise.race([news, timeout.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
