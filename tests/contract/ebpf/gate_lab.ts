import { runBootScript } from "../../simulated/namespaces.ts";
import { SocketProcess } from "../socket_process.ts";
import type { RestartResult } from "./restart_storm.ts";
import type { GateCommand, GateReply } from "./gate_process.ts";

/** Where Windows and the guest are, as in WSL's NAT; what connects is not Windows where it comes from elsewhere. */
export const WINDOWS = "172.23.16.1", GUEST = "172.23.21.232", STRANGER = "172.23.16.99";

const GATE = new URL("./gate_process.ts", import.meta.url).pathname;

const RESTART = new URL("./restart_storm.ts", import.meta.url).pathname;
const EXAMINE = new URL("./examine_gate.ts", import.meta.url).pathname;

/** A guest and a Windows, each a process with a network namespace of its own. */
export class GateLab implements AsyncDisposable {
  private constructor(readonly guest: SocketProcess, readonly windows: SocketProcess) {}

  static async start(): Promise<GateLab> {
    const guest = await SocketProcess.start({ ownNetwork: true });
    const windows = await SocketProcess.start({ ownNetwork: true });
    await runBootScript("connect_guest.sh", windows.pid, guest.pid, GUEST);
    const lab = new GateLab(guest, windows);
    await lab.ip("windows", "addr", "add", `${STRANGER}/20`, "dev", "wsl");
    return lab;
  }

  /** A gate in the guest's namespace. `prefix`: what starts it, with fewer rights. */
  gate(options: object = {}, prefix: readonly string[] = []): Promise<GateProcess> {
    return GateProcess.start(this.guest.pid, options, prefix);
  }

  /** What a connection to the guest ends in: `open`, `refused`. */
  async reach(port: number, from = WINDOWS, to = GUEST): Promise<string> {
    return (await this.windows.run(`reach ${from} ${to} ${port}`)).get("result")!;
  }

  /** Resolves when nobody is reached any more; the kernel takes what a killed process had away a little later. */
  async closed(port: number): Promise<void> {
    const deadlineMs = performance.now() + 5000;
    while (await this.reach(port) !== "refused") {
      if (performance.now() > deadlineMs) throw new Error(`Port ${port} stays open`);
    }
  }

  /** Runs `restart_storm.ts` in the guest. */
  async restart(port: number, restarts: number): Promise<RestartResult> {
    const { success, stdout, stderr } = await this.#inGuest("null", RESTART, `${port}`, `${restarts}`)
      .output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout));
  }

  /** What `examineGate` tells in the guest. */
  async examine(): Promise<unknown> {
    const { stdout } = await this.#inGuest("null", EXAMINE).output();
    return JSON.parse(new TextDecoder().decode(stdout));
  }

  /** Somebody else's lookup program in the guest, which chooses nothing. */
  async otherLookup(name: string): Promise<AsyncDisposable> {
    const child = this.#inGuest("piped", EXAMINE, name).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    return {
      [Symbol.asyncDispose]: async () => {
        await child.stdin.close();
        await reader.cancel();
        await child.status;
      },
    };
  }

  #inGuest(stdin: "null" | "piped", script: string, ...args: string[]): Deno.Command {
    const net = `--net=/proc/${this.guest.pid}/ns/net`;
    return new Deno.Command("nsenter", {
      args: [net, Deno.execPath(), "run", "-A", script, ...args],
      stdin,
      stdout: "piped",
    });
  }

  async ip(where: "guest" | "windows", ...args: string[]): Promise<void> {
    const net = `--net=/proc/${this[where].pid}/ns/net`;
    const { success, stderr } = await new Deno.Command("nsenter", { args: [net, "ip", ...args] }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.windows[Symbol.asyncDispose]();
    await this.guest[Symbol.asyncDispose]();
  }
}

/** A process that has a gate. */
export class GateProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async start(guestPid: number, options: object, prefix: readonly string[]): Promise<GateProcess> {
    const command = [...prefix, Deno.execPath(), "run", "-A", GATE, JSON.stringify(options)];
    const process = new GateProcess(
      new Deno.Command("nsenter", {
        args: [`--net=/proc/${guestPid}/ns/net`, ...command],
        stdin: "piped",
        stdout: "piped",
      }).spawn(),
    );
    await process.#readLine();
    return process;
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Opens exactly these. */
  async set(
    ports: GateCommand["ports"],
    guest: Partial<GateCommand["guest"]> = {},
    again = 0,
  ): Promise<GateReply> {
    const command: GateCommand = { ports, again, guest: { address: GUEST, ...guest } };
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
    return JSON.parse(await this.#readLine());
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

  async #readLine(): Promise<string> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("The gate's process ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }
}
