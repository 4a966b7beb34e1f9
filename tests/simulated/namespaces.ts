/**
 * The processes that hold the namespaces. Nothing has a name and nothing is made in the real machine's namespaces: when
 * the processes end, which they do when their input ends, the kernel takes everything away.
 */
import { RpcClient } from "./rpc.ts";
import { runCommand } from "../../src/process/command.ts";

/** Where the boot scripts are. */
export const BOOT: string = new URL("boot", import.meta.url).pathname;

/** The folder that main.ts is in. */
export const REPOSITORY: string = new URL("../..", import.meta.url).pathname;

/** A process in namespaces of its own, and the way to call it. */
export class Sandbox<Methods> {
  readonly #child: Deno.ChildProcess;
  /** Calls its methods. */
  readonly rpc: RpcClient<Methods>;

  /** Starts it. */
  constructor(name: string, argv: readonly string[]) {
    this.#child = new Deno.Command(argv[0]!, {
      args: argv.slice(1),
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
      // A Ctrl-C in the terminal is for wslfwd; what it needs for its clean-up must outlive it.
      detached: true,
    }).spawn();
    this.rpc = new RpcClient<Methods>(name, this.#child);
  }

  /** The process that was started. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Ends it by the end of its input, and waits. */
  async close(): Promise<void> {
    await this.rpc.close();
    await this.#child.status;
  }

  /** Kills it at once, and waits. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.rpc.close();
    await this.#child.status;
  }
}

/** The arguments that run a script of this folder with the Deno that runs the tests. */
export function denoScript(name: string): string[] {
  return [
    Deno.execPath(),
    "run",
    "--allow-all",
    "--no-config",
    "--quiet",
    new URL(name, import.meta.url).pathname,
  ];
}

/** Throws where the simulation would hide its own files: Windows' namespaces have another /run and /mnt/c. */
export function checkPlaces(places: readonly string[]): void {
  const hidden = places.find((place) => /^\/(run|mnt\/c)\//.test(place));
  if (hidden !== undefined) {
    throw new Error(`Cannot simulate Windows over ${hidden}: have it outside /run and /mnt/c`);
  }
}

/** The only child of a process, such as the first process in a PID namespace that unshare(1) or nsenter(1) made. */
export async function onlyChildOf(pid: number): Promise<number> {
  const deadline = performance.now() + 5_000;
  while (performance.now() < deadline) {
    const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => "");
    if (children !== "") return Number(children.split(" ")[0]);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`Process ${pid} has no child`);
}

/** Runs one of the boot scripts to its end. Throws where it fails. */
export async function runBootScript(name: string, ...args: (string | number)[]): Promise<void> {
  await runChecked("/bin/sh", [`${BOOT}/${name}`, ...args.map(String)]);
}

/** Runs a program to its end. Throws where it fails. */
export async function runChecked(path: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runCommand(path, args, { timeoutMs: 10_000 });
  if (exitCode !== 0) {
    throw new Error(`${path} ${args.join(" ")}: exit ${exitCode}: ${new TextDecoder().decode(stderr)}`);
  }
}
