const SCRIPT = new URL("./sockets.pl", import.meta.url).pathname;

/** A socket that a {@link SocketProcess} opened. */
export interface OpenedSocket {
  readonly inode: number;
  readonly port: number;
  /** What it is bound to, as text. */
  readonly address: string;
}

/** A perl that opens sockets on command; `sockets.pl` lists the commands. */
export class SocketProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** With `ownNetwork` it lives in a network namespace of its own, whose loopback is up. */
  static async start(options: { ownNetwork: boolean }): Promise<SocketProcess> {
    // 5,000 connections need 10,000 descriptors; many systems give 1,024 to who does not ask.
    const more = "ulimit -n 16384 2>/dev/null";
    const child = new Deno.Command(options.ownNetwork ? "unshare" : "sh", {
      args: options.ownNetwork
        ? ["--net", "sh", "-c", `${more}; ip link set lo up && exec perl "$0"`, SCRIPT]
        : ["-c", `${more}; exec perl "$0"`, SCRIPT],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const process = new SocketProcess(child);
    await process.#readAnswer("start");
    return process;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Runs one command. Throws Error where it fails. */
  async run(command: string): Promise<ReadonlyMap<string, string>> {
    await this.#writer.write(new TextEncoder().encode(`${command}\n`));
    return await this.#readAnswer(command);
  }

  /** Runs a `listen` command. */
  listen(what: string): Promise<OpenedSocket> {
    return this.open(`listen ${what}`);
  }

  /** Runs a command that opens a socket. */
  async open(command: string): Promise<OpenedSocket> {
    const answer = await this.run(command);
    const address = answer.get("address") ?? "";
    return { inode: Number(answer.get("inode")), port: Number(answer.get("port")), address };
  }

  /** Ends it as no program can prevent. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.cancel();
    await this.#child.status;
  }

  async #readAnswer(command: string): Promise<ReadonlyMap<string, string>> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error(`The socket process ended at: ${command}`);
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const [status, ...words] = this.#rest.slice(0, end).split(" ");
    this.#rest = this.#rest.slice(end + 1);
    if (status !== "ok") throw new Error(`${command}: ${words.join(" ")}`);
    return new Map(
      words.filter((word) => word.includes("=")).map((word) => word.split("=") as [string, string]),
    );
  }
}

/** Path of a file beside this one. */
export function besideTests(name: string): string {
  return new URL(name, import.meta.url).pathname;
}
