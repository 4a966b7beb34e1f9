import { runCommand } from "../../src/process/command.ts";

/** A file or a folder (without content) of an archive. */
interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array | null;
}

const FOLDER = 0o040755, PROGRAM = 0o100755;

/** An archive that a kernel unpacks as its first file system, in memory. */
export class Initramfs {
  readonly #entries = new Map<string, Entry>();

  /** Adds an empty folder, and those above it. */
  addFolder(path: string): void {
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (parent !== "") this.addFolder(parent);
    if (!this.#entries.has(path)) this.#entries.set(path, { path, mode: FOLDER, content: null });
  }

  /** Adds a file that may be executed. */
  addFile(path: string, content: Uint8Array): void {
    this.addFolder(path.slice(0, path.lastIndexOf("/")));
    this.#entries.set(path, { path, mode: PROGRAM, content });
  }

  /** Adds a folder of this machine with all that is in it, without following links. */
  addTree(path: string, source: string): void {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(source)) {
      if (isDirectory) this.addTree(`${path}/${name}`, `${source}/${name}`);
      else if (isFile) this.addFile(`${path}/${name}`, Deno.readFileSync(`${source}/${name}`));
    }
  }

  /** Adds a program of this machine, at a path of its own, with the libraries that it is linked with. */
  async addProgram(path: string, source: string): Promise<void> {
    this.addFile(path, Deno.readFileSync(source));
    const { stdout } = await runCommand("/usr/bin/ldd", [source], { timeoutMs: 10_000 });
    for (const [, library] of new TextDecoder().decode(stdout).matchAll(/(\/\S+) \(0x/g)) {
      this.addFile(library!, Deno.readFileSync(library!));
    }
  }

  /** Writes it in the form that the kernel reads (Documentation/driver-api/early-userspace/buffer-format.rst). */
  write(path: string): void {
    using file = Deno.openSync(path, { write: true, create: true, truncate: true });
    let inode = 1;
    const trailer: Entry = { path: "/TRAILER!!!", mode: 0, content: null };
    for (const { path, mode, content } of [...this.#entries.values(), trailer]) {
      const name = path.slice(1);
      const fields = [inode++, mode, 0, 0, 1, 0, content?.length ?? 0, 0, 0, 0, 0, name.length + 1, 0];
      const hex = fields.map((field) => field.toString(16).padStart(8, "0")).join("");
      writePadded(file, new TextEncoder().encode(`070701${hex}${name}\0`));
      writePadded(file, content ?? new Uint8Array());
    }
  }
}

/** Both parts of an entry end at a multiple of four bytes. */
function writePadded(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
  file.writeSync(new Uint8Array(-bytes.length & 3));
}
