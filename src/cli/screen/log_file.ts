import { ExitCode } from "../../daemon/exit_code.ts";
import { Refusal } from "../../daemon/refusal.ts";

/** A log of this size becomes the older one, and a new one begins, in bytes. */
const MAX_BYTES = 1 << 20;

/**
 * A log for its owner alone to read: what is written goes to its end. When it is full it is renamed to `FILE.1`, in place of the
 * one that was there before, so that the two never take more than 2 MB.
 */
export class LogFile {
  readonly #path: string;
  #descriptor: number;
  #size: number;

  /** Throws Refusal for a path at which something else is: a link, a folder, a file of somebody else. */
  constructor(path: string) {
    this.#path = path;
    [this.#descriptor, this.#size] = openLog(path);
  }

  /** Writes all of it, in one piece. */
  writeSync(bytes: Uint8Array): number {
    if (this.#size > 0 && this.#size + bytes.length > MAX_BYTES) this.#rotate();
    const written = fs().writeSync(this.#descriptor, bytes);
    this.#size += written;
    return written;
  }

  #rotate(): void {
    Deno.renameSync(this.#path, `${this.#path}.1`);
    fs().closeSync(this.#descriptor);
    [this.#descriptor, this.#size] = openLog(this.#path);
  }
}

/** The descriptor of an open log, and its size. */
function openLog(path: string): [descriptor: number, size: number] {
  const { closeSync, constants, fstatSync, openSync } = fs();
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
  let descriptor: number;
  try {
    // Root writes here: a link must not lead it to another file, nor a pipe have it wait.
    descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    throw refuse(path, (error as { code?: string }).code ?? "unknown");
  }
  const { mode, uid, nlink, size } = fstatSync(descriptor);
  if ((mode & 0o170000) === 0o100000 && uid === Deno.uid() && nlink === 1 && (mode & 0o077) === 0) {
    return [descriptor, size];
  }
  closeSync(descriptor);
  throw refuse(path, "it must be a file of your own that nobody else can read; remove it, or name another");
}

function refuse(path: string, why: string): Refusal {
  return new Refusal(ExitCode.FAILED, `Cannot write the log ${path}: ${why}`);
}

/** Deno cannot pass O_NOFOLLOW. Not an import: node:fs costs 20 to 46 ms of start, and a bundle does every import at its start. */
function fs() {
  return process.getBuiltinModule("node:fs");
}
