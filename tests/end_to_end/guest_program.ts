import type { Lab } from "../simulated/lab.ts";
import { readLines } from "../simulated/rpc.ts";
import { besideTests } from "../contract/socket_process.ts";

/** A program in the guest that opens sockets on command; `../contract/sockets.pl` lists the commands. */
export class GuestProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#lines = readLines(child.stdout);
  }

  /** Starts it in the guest of a lab. With `ownNetwork` it lives in a network namespace of its own, as a container does. */
  static async start(lab: Lab, { ownNetwork = false } = {}): Promise<GuestProgram> {
    const network = ownNetwork ? ["/usr/bin/unshare", "--net"] : [];
    const [path, ...args] = [
      ...lab.guest.enterArgv(),
      ...network,
      "/usr/bin/perl",
      besideTests("sockets.pl"),
    ];
    const program = new GuestProgram(
      new Deno.Command(path!, { args, stdin: "piped", stdout: "piped", detached: true }).spawn(),
    );
    await program.#readAnswer("start");
    return program;
  }

  /** Runs commands, one after the other. Throws where one fails. Returns the port that the last one named, or NaN. */
  async run(...commands: readonly string[]): Promise<number> {
    let answer = "";
    for (const command of commands) {
      await this.#writer.write(new TextEncoder().encode(`${command}\n`));
      answer = await this.#readAnswer(command);
    }
    return Number(/\bport=(\d+)/.exec(answer)?.[1] ?? NaN);
  }

  /** Ends it, and closes its sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    for await (const _ of this.#lines);
    await this.#child.status;
  }

  async #readAnswer(command: string): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`The program in the guest ended at: ${command}`);
    if (!value.startsWith("ok ")) throw new Error(`${command}: ${value}`);
    return value;
  }
}
