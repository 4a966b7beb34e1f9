/** A network of its own for the helper and who talks to it: it takes no loopback address for the guest's. */
import { runCommand } from "../../src/process/command.ts";

/** The address that clients ask, and that of the service in the guest. */
export const WINDOWS = "10.77.0.1", GUEST = "10.77.0.2";

/** A network namespace, until it is disposed of. */
export class Network implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /** Makes it. */
  static async open(): Promise<Network> {
    const script =
      `ip link set lo up; ip addr add ${WINDOWS}/32 dev lo; ip addr add ${GUEST}/32 dev lo; echo; read _`;
    const child = new Deno.Command("/usr/bin/unshare", {
      args: ["--net", "/bin/sh", "-c", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    if ((await reader.read()).done) throw new Error("No network namespace can be had");
    await reader.cancel();
    return new Network(child);
  }

  /** The words to put before a command so that it runs in this network. */
  enterArgv(...argv: readonly string[]): [string, ...string[]] {
    return ["/usr/bin/nsenter", `--net=/proc/${this.#child.pid}/ns/net`, ...argv];
  }

  /** Runs a program in this network to its end and returns what it printed. Throws where it fails. */
  async run(...argv: readonly string[]): Promise<string> {
    const [path, ...args] = this.enterArgv(...argv);
    const { exitCode, stdout, stderr } = await runCommand(path, args, { timeoutMs: 60_000 });
    const decoder = new TextDecoder();
    if (exitCode !== 0) throw new Error(`${argv.join(" ")}: exit ${exitCode}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  }

  /** Takes it away. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
  }
}
