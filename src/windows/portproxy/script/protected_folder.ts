/**
 * What an elevated netsh executes must not be writable by anyone who is not elevated, since a script line can load a DLL.
 * Only an elevated token can make a folder in C:\Windows, and only who made it can write in it.
 */

/** The folder's name below `C:\Windows`. */
export const PROTECTED_FOLDER = "wslfwd";

/** How often the folder is made and written to before it counts as one that cannot be had. */
const MAX_TRIES = 5;

/**
 * Makes the folder at a path where it is missing, then has something written in it; both again where the folder has gone
 * in between: whoever takes the last file out of it takes it away too, as a watchdog does whose wslfwd was killed. Throws
 * what the file system throws, and where something else is there.
 */
export async function writeProtected<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
  for (let tries = 1;; tries++) {
    try {
      await makeProtectedFolder(path);
      return await write();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) || tries === MAX_TRIES) throw error;
    }
  }
}

async function makeProtectedFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  if (!(await Deno.lstat(path)).isDirectory) {
    throw new Deno.errors.NotADirectory(`${path} is not a folder`);
  }
}

/** A script on the Windows drive. */
export interface ScriptFile {
  /** The file's name in the folder. */
  readonly name: string;
  /** When it was written, in milliseconds since 1970. */
  readonly writtenMs: number;
  /** Its path for a Windows program. */
  readonly windowsPath: string;
  /** Deletes it. Never throws: a script that stays is harmless. */
  remove(): Promise<void>;
}

/** A script that an earlier run left. */
export type LeftScript = Pick<ScriptFile, "name" | "writtenMs"> & {
  /** What is in it; empty where it cannot be read. */
  readonly text: string;
};

/** Where scripts for an elevated netsh lie: `C:\Windows\wslfwd`. */
export class ScriptFolder {
  readonly #folder: string;
  readonly #prefix: string;
  /** Each look at a drive of Windows takes milliseconds: the folder is made and looked at once. */
  #isThere = false;

  /** `windowsFolder`: where the Windows folder is mounted. `owner`: whose scripts are ours. */
  constructor(windowsFolder: string, owner: string) {
    this.#folder = `${windowsFolder}/${PROTECTED_FOLDER}`;
    this.#prefix = `${owner}-`;
  }

  /** The scripts of ours that are there: a netsh may be at work, or what came of it was not seen to. Never throws. */
  async readScripts(): Promise<LeftScript[]> {
    return await Promise.all((await this.#listOurs()).map(async (name) => {
      const path = `${this.#folder}/${name}`;
      const text = await Deno.readTextFile(path).catch(() => "");
      const written = await Deno.lstat(path).then(({ mtime }) => mtime, () => null);
      return { name, writtenMs: written?.getTime() ?? 0, text };
    }));
  }

  /** Removes our scripts but those of these names, and the folder where nothing is left in it. Never throws. */
  async clear(kept: ReadonlySet<string>): Promise<void> {
    for (const name of await this.#listOurs()) {
      if (!kept.has(name)) await removeQuietly(`${this.#folder}/${name}`);
    }
    await removeQuietly(this.#folder);
    this.#isThere = false;
  }

  async #listOurs(): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const { name } of Deno.readDir(this.#folder)) names.push(name);
    } catch {
      // No folder, no drive: no scripts.
    }
    return names.filter((name) => name.startsWith(this.#prefix));
  }

  /**
   * Writes a script, and makes the folder where it is missing. Throws what the file system throws where that cannot be
   * done: no drive is mounted, the mount is not elevated, the disk is full.
   */
  async write(text: string): Promise<ScriptFile> {
    const wasThere = this.#isThere, write = () => this.#writeFile(text);
    this.#isThere = false;
    const file = wasThere
      ? await write().catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        return writeProtected(this.#folder, write); // Somebody tidied up.
      })
      : await writeProtected(this.#folder, write);
    this.#isThere = true;
    return file;
  }

  async #writeFile(text: string): Promise<ScriptFile> {
    const name = `${this.#prefix}${crypto.randomUUID()}.txt`;
    const path = `${this.#folder}/${name}`;
    try {
      await Deno.writeTextFile(path, text, { createNew: true, mode: 0o600 });
    } catch (error) {
      await removeQuietly(path);
      throw error;
    }
    return {
      name,
      writtenMs: Date.now(),
      windowsPath: `C:\\Windows\\${PROTECTED_FOLDER}\\${name}`,
      remove: () => removeQuietly(path),
    };
  }
}

async function removeQuietly(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch {
    // Gone already, not empty, or the drive is unmounted: nothing that could be done about it here.
  }
}
