import { type SessionChild, startInSession } from "./session_child.ts";

/** Runs programs to their end. Nothing else in wslfwd starts one, except {@link startProcess}. */

/** What a program is started with. */
export interface CommandOptions {
  /** How long it may run before it is ended, in milliseconds. */
  readonly timeoutMs: number;
  /** Its working directory; ours where left out. */
  readonly cwd?: string | undefined;
  /** Its whole environment; nothing is inherited. Ours where left out. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The program that is meant, and its arguments, where another is started to run it: what is told is told of this one. */
  readonly meant?: readonly [path: string, ...args: string[]] | undefined;
  /** How much output is kept of each stream, in bytes; more is an error. Default 16 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** How a program ended. Success and failure have one shape. */
export interface CommandResult {
  /** The absolute path and the arguments. */
  readonly argv: readonly string[];
  /** Its exit status; 128 + n where signal n ended it. */
  readonly exitCode: number;
  /** What it printed, undecoded: Windows programs print in code pages. */
  readonly stdout: Uint8Array;
  /** The same for stderr. */
  readonly stderr: Uint8Array;
  /** From start to end in milliseconds. */
  readonly durationMs: number;
}

/** A program that could not be started, ran too long, was told to stop or printed too much. */
export class CommandError extends Error {
  /** The class's name, for logs. */
  override readonly name = "CommandError";
  /**
   * `reason`: `start` (it never ran), `timeout` and `abort` (it was ended; what it asked of others may still
   * happen), `output` (it printed more than it may).
   */
  constructor(
    readonly argv: readonly string[],
    readonly reason: "start" | "timeout" | "abort" | "output",
    message: string,
    readonly durationMs: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** How long a program that was told to end (SIGTERM) has before it is killed (SIGKILL), and then to be gone, in milliseconds. */
const KILL_GRACE_MS = 500;

/**
 * Runs the program at an absolute path, in a session of its own (a Ctrl-C in our terminal does not reach it), with
 * /dev/null as its input. Resolves whatever its exit status is. Throws CommandError, and RangeError for a path
 * that is not absolute.
 */
export async function runCommand(
  path: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  if (!path.startsWith("/")) {
    throw new RangeError(`Cannot run ${path}: the path of a program must be absolute`);
  }
  const argv = options.meant ?? [path, ...args];
  const called = argv[0]!;
  const started = performance.now();
  const fail = (reason: CommandError["reason"], message: string, cause?: unknown) =>
    new CommandError(argv, reason, message, performance.now() - started, { cause });
  if (options.signal?.aborted) throw fail("abort", `${called} was told to stop`);
  let child: SessionChild;
  try {
    child = startInSession(path, args, { env: options.env, cwd: options.cwd });
  } catch (error) {
    throw fail("start", `${called} cannot be started: ${messageOf(error)}`, error);
  }
  const { promise: interrupted, reject: interrupt } = Promise.withResolvers<never>();
  interrupted.catch(() => {});
  const timer = setTimeout(
    () => interrupt(fail("timeout", `${called} did not end within ${options.timeoutMs / 1000} s`)),
    options.timeoutMs,
  );
  const onAbort = () => interrupt(fail("abort", `${called} was told to stop`));
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const limit = options.maxOutputBytes ?? 16 << 20;
  const tooMuch = () => fail("output", `${called} printed more than ${limit} bytes`);
  try {
    const [stdout, stderr, status] = await Promise.race([
      Promise.all([
        collect(child.stdout, limit, tooMuch),
        collect(child.stderr, limit, tooMuch),
        child.status,
      ]),
      interrupted,
    ]);
    return { argv, exitCode: status.code, stdout, stderr, durationMs: performance.now() - started };
  } catch (error) {
    await endProcess(child);
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/** A process that leads a session, and so a group, of its own. */
export interface SessionLeader {
  /** Its process id. */
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly status: Promise<unknown>;
}

/**
 * Asks a child that leads a session of its own to end, kills it where it does not, and waits for it; what it started and
 * left in its group ends with it. Does nothing where all of it has ended. A process that hangs in the kernel (a drive that
 * does not answer) is given up.
 */
export async function endProcess(child: SessionLeader): Promise<void> {
  killGroup(child, "SIGTERM");
  await endsSoon(child);
  killGroup(child, "SIGKILL");
  await endsSoon(child);
}

function killGroup(child: SessionLeader, signal: Deno.Signal): void {
  try {
    Deno.kill(-child.pid, signal); // kill(2): a negative number means the whole group.
  } catch {
    // Nothing is left of it.
  }
}

async function endsSoon(child: SessionLeader): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, KILL_GRACE_MS);
  await Promise.race([child.status, promise]);
  clearTimeout(timer);
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  tooMuch: () => CommandError,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) throw tooMuch();
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
