import { CommandError, endProcess, messageOf } from "./command.ts";
import { LineSplitter } from "./line_splitter.ts";

/** What a long-lived program is started with. */
export interface ProcessOptions {
  /** Its whole environment; nothing is inherited. Ours where left out. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Its working directory; ours where left out. */
  readonly cwd?: string | undefined;
  /** Whether it is talked to, see {@link RunningProcess.send}; else its input is /dev/null. */
  readonly hasInput?: boolean | undefined;
  /** The longest line of its output that is kept, in bytes. Default 64 KiB. */
  readonly maxLineBytes?: number | undefined;
  /**
   * Called with the lines of its stdout as they come, undecoded and without their newlines: those that came
   * together together, null in place of one that was too long. Not called any more once the program has ended.
   */
  readonly onLines: (lines: readonly (Uint8Array | null)[]) => void;
}

/** How a long-lived program ended. */
export interface ProcessEnd {
  /** Its exit status; 128 + n where signal n ended it. */
  readonly exitCode: number;
  /** The signal that ended it, if one did. */
  readonly signal: Deno.Signal | null;
  /** The end of what it said on stderr, decoded; at most 4 KiB. Hostile as far as the program is. */
  readonly stderr: string;
}

/** A program that was started. */
export interface RunningProcess {
  /** Its process id. */
  readonly pid: number;
  /** Resolves once it has ended and all its lines were passed on. Rejects with nothing but what `onLines` threw. */
  readonly ended: Promise<ProcessEnd>;
  /**
   * Writes to its input. Resolves when that has been taken, or was lost because it has ended: that is told by `ended` alone.
   * Does nothing where it was started without `hasInput`.
   */
  send(text: string): Promise<void>;
  /** Ends its input. Never rejects. */
  endInput(): Promise<void>;
  /** Asks it to end, kills it where it does not, and waits for that. Safe to call twice. */
  stop(): Promise<void>;
}

const DEFAULT_MAX_LINE_BYTES = 64 << 10;
const KEPT_STDERR_BYTES = 4 << 10;
/** How long what a program wrote before its end may take to reach us, in milliseconds. */
const PIPE_GRACE_MS = 200;
/** How long a full pipe is read before other work of the event loop gets its turn, in milliseconds. */
const SLICE_MS = 8;

/**
 * Starts the program at an absolute path and leaves it running, in a session of its own (a Ctrl-C in our terminal
 * does not reach it). Throws CommandError where it cannot be started, and RangeError
 * for a path that is not absolute.
 */
export function startProcess(path: string, args: readonly string[], options: ProcessOptions): RunningProcess {
  if (!path.startsWith("/")) {
    throw new RangeError(`Cannot start ${path}: the path of a program must be absolute`);
  }
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(path, {
      args: [...args],
      stdin: options.hasInput === true ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: { ...options.env }, clearEnv: true }),
    }).spawn();
  } catch (error) {
    throw new CommandError([path, ...args], "start", `${path} cannot be started: ${messageOf(error)}`, 0, {
      cause: error,
    });
  }
  // A grandchild may keep the pipes open for longer than the program lives: they are given up when it has ended.
  const ending = new AbortController();
  const lines = passLines(child.stdout, options, ending.signal);
  const stderr = keepEnd(child.stderr, ending.signal);
  const ended = child.status.then(async ({ code, signal }) => {
    const timer = setTimeout(() => ending.abort(), PIPE_GRACE_MS);
    await lines;
    const said = await stderr;
    clearTimeout(timer);
    return { exitCode: code, signal, stderr: said };
  });
  const input = options.hasInput === true ? child.stdin.getWriter() : null;
  input?.closed.catch(() => {}); // A pipe that breaks is a program that ends.
  return {
    pid: child.pid,
    ended,
    send: async (text) => await input?.write(new TextEncoder().encode(text)).catch(() => {}),
    endInput: async () => await input?.close().catch(() => {}),
    stop: async () => {
      await endProcess(child);
      await ended;
    },
  };
}

async function passLines(
  stream: ReadableStream<Uint8Array>,
  options: ProcessOptions,
  signal: AbortSignal,
): Promise<void> {
  const splitter = new LineSplitter(options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES);
  await readAll(stream, signal, (chunk) => {
    const lines = splitter.push(chunk);
    if (lines.length > 0) options.onLines(lines);
  });
}

async function keepEnd(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  let kept = new Uint8Array(0);
  await readAll(stream, signal, (chunk) => {
    const both = new Uint8Array(kept.length + chunk.length);
    both.set(kept);
    both.set(chunk, kept.length);
    kept = both.slice(-KEPT_STDERR_BYTES);
  });
  return new TextDecoder().decode(kept);
}

async function readAll(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  const reader = stream.getReader();
  const giveUp = () => reader.cancel().catch(() => {});
  signal.addEventListener("abort", giveUp, { once: true });
  let sliceEndMs = performance.now() + SLICE_MS;
  for (;;) {
    const waitedSinceMs = performance.now();
    // A pipe that breaks is one that ends: how the program ended says more.
    const part = await reader.read().catch(() => null);
    if (part === null || part.done) return;
    const now = performance.now();
    // A program that prints without end keeps the pipe full, and reading from it lets no timer have its turn.
    if (now - waitedSinceMs > 1) sliceEndMs = now + SLICE_MS;
    else if (now > sliceEndMs) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      sliceEndMs = performance.now() + SLICE_MS;
    }
    onChunk(part.value);
  }
}
