import { PROTECTED_FOLDER, writeProtected } from "../portproxy/script/protected_folder.ts";

/** What the names of the helper's files begin with; those of scripts begin with their owner. */
const PREFIX = "helper-";

/** The files of one compilation, not there yet. */
export interface HelperFiles {
  /** The source, for a Windows program. */
  readonly windowsSource: string;
  /** The program, for a Windows program. */
  readonly windowsProgram: string;
  /** The program, as a path from System32. */
  readonly program: string;
}

/**
 * The helper's files in the protected folder, where only who is elevated can write. They are made anew by each run of
 * wslfwd: so nothing is started that an earlier one, or anybody else, left there.
 */
export class HelperFolder {
  readonly #windowsFolder: string;
  readonly #prefix: string;

  /** `windowsFolder`: where the Windows folder is mounted. `owner`: whose files are ours. */
  constructor(windowsFolder: string, owner: string) {
    this.#windowsFolder = windowsFolder;
    this.#prefix = `${PREFIX}${owner}-`;
  }

  /** Writes the source. Throws what the file system throws where that cannot be done. */
  async writeSource(source: string): Promise<HelperFiles> {
    // The hash says which source a file is of; the rest keeps anybody from guessing its name.
    const name = `${this.#prefix}${(await digest(new TextEncoder().encode(source))).slice(0, 12)}-${
      crypto.randomUUID().slice(0, 8)
    }`;
    const path = `${this.#folder}/${name}.cs`;
    await writeProtected(
      this.#folder,
      () => Deno.writeTextFile(path, source, { createNew: true, mode: 0o600 }),
    );
    const windowsName = `C:\\Windows\\${PROTECTED_FOLDER}\\${name}`;
    return {
      windowsSource: `${windowsName}.cs`,
      windowsProgram: `${windowsName}.exe`,
      program: `../${PROTECTED_FOLDER}/${name}.exe`,
    };
  }

  /** The SHA-256 of a program; null where it is not there, or is no file of its own. */
  async digest({ program }: HelperFiles): Promise<string | null> {
    const path = `${this.#windowsFolder}/${program.slice(3)}`;
    try {
      if (!(await Deno.lstat(path)).isFile) return null;
      return await digest(await Deno.readFile(path));
    } catch {
      return null;
    }
  }

  /** Removes all of ours, and the folder where nothing is left in it. What still runs stays, as Windows has it. Never throws. */
  async clear(): Promise<void> {
    try {
      for await (const { name } of Deno.readDir(this.#folder)) {
        if (name.startsWith(this.#prefix)) await Deno.remove(`${this.#folder}/${name}`).catch(() => {});
      }
      await Deno.remove(this.#folder);
    } catch {
      // No folder, or not empty.
    }
  }

  get #folder(): string {
    return `${this.#windowsFolder}/${PROTECTED_FOLDER}`;
  }
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
