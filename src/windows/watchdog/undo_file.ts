import { PROTECTED_FOLDER, writeProtected } from "../portproxy/script/protected_folder.ts";

/**
 * The script that the watchdog on Windows has netsh run, in the folder that only an elevated program can make. It is replaced
 * as a whole, so that whoever reads it finds one state or another.
 */
export class UndoFile {
  readonly #folder: string;
  readonly #owner: string;
  #name: string;
  #writing: Promise<void> = Promise.resolve();
  #next: (() => string) | null = null;

  /** `windowsFolder`: where the Windows folder is mounted. `owner`: whose rules it removes. */
  constructor(windowsFolder: string, owner: string) {
    this.#folder = `${windowsFolder}/${PROTECTED_FOLDER}`;
    this.#owner = owner;
    this.#name = nameFor(owner);
  }

  /**
   * Goes on under another name, for another watchdog: one that was lost deletes what it had netsh run, and that may be long after
   * the next one has begun.
   */
  renew(): void {
    this.#name = nameFor(this.#owner);
  }

  /** Its path for a Windows program. */
  get windowsPath(): string {
    return `C:\\Windows\\${PROTECTED_FOLDER}\\${this.#name}`;
  }

  /** Whether it is there. */
  async exists(): Promise<boolean> {
    return await Deno.lstat(`${this.#folder}/${this.#name}`).then(() => true, () => false);
  }

  /**
   * Replaces its text, which is asked for when its turn comes: of several at once the last one counts. Rejects with what the
   * file system throws.
   */
  write(makeText: () => string): Promise<void> {
    const isWaiting = this.#next !== null;
    this.#next = makeText;
    if (!isWaiting) this.#writing = this.#writing.catch(() => {}).then(() => this.#writeNext());
    return this.#writing;
  }

  /** Removes it. Never throws. */
  async remove(): Promise<void> {
    await this.#writing.catch(() => {});
    await Deno.remove(`${this.#folder}/${this.#name}`).catch(() => {});
  }

  async #writeNext(): Promise<void> {
    const text = this.#next!();
    this.#next = null;
    const path = `${this.#folder}/${this.#name}`;
    try {
      await replace(path, text);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await writeProtected(this.#folder, () => replace(path, text)); // There is none yet, or somebody tidied up.
    }
  }
}

async function replace(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(`${path}.new`, text, { createNew: true, mode: 0o600 });
    await Deno.rename(`${path}.new`, path);
  } catch (error) {
    await Deno.remove(`${path}.new`).catch(() => {});
    throw error;
  }
}

/** How soon a script that Windows has open is tried again, in milliseconds, and how often. */
const RETRY_MS = 100, MAX_TRIES = 50;

/**
 * Takes away the scripts that earlier runs of ours left, and with them the work of a watchdog that has not begun yet. Whether
 * there were any: their netsh may be at work, or may just have been. Never throws.
 */
export async function removeLeftUndo(windowsFolder: string, owner: string): Promise<boolean> {
  const folder = `${windowsFolder}/${PROTECTED_FOLDER}`;
  let hadSome = false;
  for (let i = 0; i < MAX_TRIES; i++) {
    const left = await listNames(folder, prefixOf(owner));
    if (left.length === 0) break;
    hadSome = true;
    for (const name of left) await Deno.remove(`${folder}/${name}`).catch(() => {});
    if ((await listNames(folder, prefixOf(owner))).length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return hadSome;
}

async function listNames(folder: string, prefix: string): Promise<string[]> {
  try {
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    return names.filter((name) => name.startsWith(prefix));
  } catch {
    return []; // No folder, no drive.
  }
}

function nameFor(owner: string): string {
  return `${prefixOf(owner)}${crypto.randomUUID()}.txt`;
}

/** None of the scripts that tell whose an entry is: those begin with the owner. */
function prefixOf(owner: string): string {
  return `undo-${owner}-`;
}
