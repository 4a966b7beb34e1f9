/** Self-extracting files as `deno task build` makes them, around a runtime that only says what it was asked to run. */
import { packSelfExtracting } from "../../scripts/build/self_extracting.ts";
import { type Target, TARGETS } from "../../scripts/build/target.ts";
import { type CommandResult, runCommand } from "../../src/process/command.ts";

/** A user that no machine has. */
export const STRANGER = 54321;

/** The machine that the tests run on. */
export const HERE: Target = TARGETS[Deno.build.arch];

/** What stands for the runtime: prints the program's text and every argument on a line of its own. */
const RUNTIME = `#!/bin/sh
[ "$1" = --version ] && exit 0
/usr/bin/cat "\${0%/*}/wslfwd.js"
printf '%s\\n' "$@"
`;

/** How a packed file is started. */
export interface StartOptions {
  /** Default: none. */
  readonly args?: readonly string[];
  /** Shell commands to run before, in mounts of its own; the folder of the test is `$1`. */
  readonly before?: string;
  /** Shell and options to start it by; default: the system's sh, as its first line says. */
  readonly shell?: readonly string[];
  /** Default: root, else a stranger. */
  readonly uid?: number;
  /** The whole environment, but PATH. Default: XDG_CACHE_HOME, which root does not heed. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A file, and the folders that stand for the machine's. */
export class Packed implements AsyncDisposable {
  /** Where everything is. */
  readonly folder: string;
  /** The packed file. */
  readonly file: string;
  /** What stands for /var/cache and for the user's ~/.cache: where wslfwd's own folder is made. */
  readonly base: string;

  private constructor(folder: string, readonly uid: number) {
    this.folder = folder;
    this.file = `${folder}/wslfwd`;
    this.base = `${folder}/base`;
  }

  /** Makes a file for a user to start. */
  static async make(uid: number, what: Partial<Target> = {}, runtime?: string): Promise<Packed> {
    const packed = new Packed(await Deno.makeTempDir(), uid);
    await Deno.chmod(packed.folder, 0o755);
    await Deno.mkdir(packed.base, { mode: 0o755 });
    await Deno.chown(packed.base, uid, uid);
    await packed.pack("1.0.0", what, runtime);
    return packed;
  }

  /** Makes the file anew, as another version. */
  async pack(version: string, what: Partial<Target> = {}, runtime?: string): Promise<void> {
    const program = `${this.folder}/program`, ours = `${this.folder}/runtime`;
    await Deno.writeTextFile(program, `program ${version}\n`);
    if (runtime === undefined) await Deno.writeTextFile(ours, RUNTIME);
    await packSelfExtracting(this.file, {
      version,
      target: { ...HERE, ...what },
      runtime: runtime ?? ours,
      program,
    });
  }

  /** wslfwd's own folder. */
  get cache(): string {
    return `${this.base}/wslfwd`;
  }

  /** The only folder of a version. */
  get unpacked(): string {
    return `${this.cache}/${this.list()[0]}`;
  }

  /** The names in wslfwd's own folder. */
  list(): string[] {
    return [...Deno.readDirSync(this.cache)].map((entry) => entry.name);
  }

  /** The words that start it. */
  argv({ args = [], before = ":", shell = [], uid = this.uid, env }: StartOptions = {}): string[] {
    const mounts = uid === 0 ? `mount --bind "$1/base" /var/cache && ` : "";
    return [
      ...["/usr/bin/unshare", "--mount", "--propagation", "private"],
      ...["/bin/sh", "-c", `${mounts}${before} && shift && exec "$@"`, "sh", this.folder],
      ...["/usr/bin/setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"],
      ...["/usr/bin/env", "-i", "PATH=/caller's/bin"],
      ...Object.entries(env ?? { XDG_CACHE_HOME: this.base }).map(([name, value]) => `${name}=${value}`),
      ...[...shell, this.file, ...args],
    ];
  }

  /** Starts it, and waits for its end. */
  async start(options: StartOptions = {}): Promise<Ended> {
    const [path, ...args] = this.argv(options);
    return new Ended(await runCommand(path!, args, { timeoutMs: 60_000 }));
  }

  /** Removes all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** How a start ended. */
export class Ended {
  /** Its exit status. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** The same for stderr. */
  readonly stderr: string;

  /** `result`: of the process. */
  constructor(result: CommandResult) {
    const decoder = new TextDecoder();
    this.code = result.exitCode;
    this.stdout = decoder.decode(result.stdout);
    this.stderr = decoder.decode(result.stderr);
  }

  /** The first line of the program that was run: `program 1.0.0`. */
  get ran(): string {
    return this.stdout.split("\n")[0]!;
  }
}
