/**
 * Starts a program in a session of its own without copying our memory. `Deno.Command` with `detached` calls fork(2), which
 * copies the page tables of all that we hold: 2.6 ms until the program runs, where posix_spawn(3) takes 0.45 (p50 of 40).
 */

/** Values of glibc's spawn.h, fcntl.h and signal.h, the same on x86_64 and aarch64. */
const POSIX_SPAWN_SETSIGDEF = 0x04, POSIX_SPAWN_SETSIGMASK = 0x08, POSIX_SPAWN_SETSID = 0x80;
const O_CLOEXEC = 0o2000000, SIGPIPE = 13;

/** glibc's posix_spawnattr_t has 336 bytes, posix_spawn_file_actions_t 80, sigset_t 128: enough for each of them. */
const STRUCT_BYTES = 512;

const SYMBOLS = {
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_setflags: { parameters: ["buffer", "i16"], result: "i32" },
  posix_spawnattr_setsigmask: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawnattr_setsigdefault: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_addopen: { parameters: ["buffer", "i32", "buffer", "i32", "u32"], result: "i32" },
  posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  posix_spawn_file_actions_addchdir_np: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  posix_spawn: { parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"], result: "i32" },
  // In a thread of its own: it returns when the program has ended.
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32", nonblocking: true },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Null: this C library has not all of these (glibc has since 2.29; musl is no libc.so.6). */
let libc: Libc | null | undefined;

/** What a program is started with. */
export interface SessionOptions {
  /** Its whole environment; ours where undefined. */
  readonly env: Readonly<Record<string, string>> | undefined;
  /** Its working directory; ours where undefined. */
  readonly cwd: string | undefined;
}

/** A program that was started; as much of a Deno.ChildProcess as is needed of one. */
export interface SessionChild {
  /** What it prints. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** The same for stderr. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** Its exit status once it has ended; 128 + n where signal n ended it. */
  readonly status: Promise<{ readonly code: number }>;
  /** Its process id, and that of its session. */
  readonly pid: number;
}

/**
 * Starts the program at an absolute path in a session of its own, with /dev/null as its input. Throws an Error that says
 * what the system said where it cannot be started.
 */
export function startInSession(path: string, args: readonly string[], options: SessionOptions): SessionChild {
  libc ??= openLibc();
  return libc === null ? fork(path, args, options) : spawn(libc, path, args, options);
}

function openLibc(): Libc | null {
  try {
    return Deno.dlopen("libc.so.6", SYMBOLS).symbols;
  } catch {
    return null;
  }
}

/** The system has nothing left that another program would take: files, processes, memory. It may have later. */
export class ExhaustedError extends Error {
  /** The class's name, for logs. */
  override readonly name = "ExhaustedError";
}

/** The slower way, which works everywhere. */
function fork(path: string, args: readonly string[], { env, cwd }: SessionOptions): SessionChild {
  return new Deno.Command(path, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...env }, clearEnv: true }),
  }).spawn();
}

function spawn(
  libc: Libc,
  path: string,
  args: readonly string[],
  { env = Deno.env.toObject(), cwd }: SessionOptions,
): SessionChild {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const texts = new TextBlock([[path, ...args], variables, cwd === undefined ? [] : [cwd]]);
  const out = openPipe(libc);
  let err: Pipe | null = null;
  try {
    err = openPipe(libc);
    const pid = spawnWith(libc, texts, out.writeEnd, err.writeEnd, cwd !== undefined);
    const status = waitFor(libc, pid);
    return { pid, status, stdout: out.file.readable, stderr: err.file.readable };
  } catch (error) {
    out.file.close();
    err?.file.close();
    throw error;
  } finally {
    libc.close(out.writeEnd);
    if (err !== null) libc.close(err.writeEnd);
  }
}

async function waitFor(libc: Libc, pid: number): Promise<{ code: number }> {
  const status = new Int32Array(1);
  await libc.waitpid(pid, status, 0);
  const signal = status[0]! & 0x7f; // WIFSIGNALED and WTERMSIG of wait(2).
  return { code: signal === 0 ? (status[0]! >> 8) & 0xff : 128 + signal };
}

interface Pipe {
  readonly file: Deno.FsFile;
  readonly writeEnd: number;
}

/** A pipe whose read end is a file of Deno's. The other end must still be open then, or opening it would wait for one. */
function openPipe(libc: Libc): Pipe {
  const ends = new Int32Array(2);
  if (libc.pipe2(ends, O_CLOEXEC) !== 0) {
    throw new ExhaustedError("no pipe can be made; too many files are open");
  }
  const [readEnd, writeEnd] = ends as unknown as [number, number];
  try {
    return { file: Deno.openSync(`/proc/self/fd/${readEnd}`), writeEnd };
  } catch (error) {
    libc.close(writeEnd);
    throw error;
  } finally {
    libc.close(readEnd);
  }
}

function spawnWith(libc: Libc, texts: TextBlock, stdout: number, stderr: number, hasCwd: boolean): number {
  const attributes = new Uint8Array(STRUCT_BYTES), actions = new Uint8Array(STRUCT_BYTES);
  // Deno ignores SIGPIPE; a program expects not to.
  const none = new Uint8Array(STRUCT_BYTES), pipeSignal = new Uint8Array(STRUCT_BYTES);
  pipeSignal[(SIGPIPE - 1) >> 3] = 1 << ((SIGPIPE - 1) & 7);
  libc.posix_spawnattr_init(attributes);
  libc.posix_spawnattr_setflags(
    attributes,
    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID,
  );
  libc.posix_spawnattr_setsigmask(attributes, none);
  libc.posix_spawnattr_setsigdefault(attributes, pipeSignal);
  libc.posix_spawn_file_actions_init(actions);
  try {
    libc.posix_spawn_file_actions_addopen(actions, 0, new TextEncoder().encode("/dev/null\0"), 0, 0);
    libc.posix_spawn_file_actions_adddup2(actions, stdout, 1);
    libc.posix_spawn_file_actions_adddup2(actions, stderr, 2);
    if (hasCwd) libc.posix_spawn_file_actions_addchdir_np(actions, texts.text(2));
    const pid = new Int32Array(1);
    const number = libc.posix_spawn(pid, texts.text(0), actions, attributes, texts.list(0), texts.list(1));
    if (number === 0) return pid[0]!;
    const message = `${ERRORS[number] ?? "the system refused"} (error ${number})`;
    throw number === EAGAIN || number === ENOMEM ? new ExhaustedError(message) : new Error(message);
  } finally {
    libc.posix_spawn_file_actions_destroy(actions);
  }
}

const EAGAIN = 11, ENOMEM = 12;
/** What people meet, of errno(3). */
const ERRORS: Readonly<Record<number, string>> = {
  2: "no such file or folder",
  7: "too many arguments",
  8: "the kernel does not know this kind of program",
  [EAGAIN]: "too many processes",
  [ENOMEM]: "no memory",
  13: "permission denied",
  20: "not a folder",
};

/**
 * Lists of C texts, with the lists of pointers to them, in one piece of memory: whoever passes a part of it keeps all of it
 * from being collected.
 */
class TextBlock {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #listOffsets: number[] = [];
  readonly #textOffsets: number[] = [];

  /** Throws RangeError for a text with a zero byte in it, which would end there. */
  constructor(lists: readonly (readonly string[])[]) {
    const encoded = lists.map((list) => list.map(toCString));
    const pointerBytes = encoded.reduce((sum, list) => sum + 8 * (list.length + 1), 0);
    const textBytes = encoded.flat().reduce((sum, text) => sum + text.length, 0);
    this.#bytes = new Uint8Array(pointerBytes + textBytes);
    const base = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#bytes));
    const view = new DataView(this.#bytes.buffer);
    let pointer = 0, text = pointerBytes;
    for (const list of encoded) {
      this.#listOffsets.push(pointer);
      this.#textOffsets.push(text);
      for (const bytes of list) {
        view.setBigUint64(pointer, base + BigInt(text), true);
        this.#bytes.set(bytes, text);
        pointer += 8;
        text += bytes.length;
      }
      pointer += 8; // The null pointer that ends a list.
    }
  }

  /** The list of pointers to the texts of a list. */
  list(index: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#listOffsets[index]!);
  }

  /** The first text of a list. */
  text(index: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#textOffsets[index]!);
  }
}

function toCString(text: string): Uint8Array {
  if (text.includes("\0")) throw new RangeError("a text with a zero byte cannot be passed to a program");
  return new TextEncoder().encode(`${text}\0`);
}
