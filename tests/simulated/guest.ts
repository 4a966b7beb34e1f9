import type { Agent, OpenServer, ServerOptions } from "./agent.ts";
import {
  BOOT,
  denoScript,
  onlyChildOf,
  REPOSITORY,
  runBootScript,
  runChecked,
  Sandbox,
} from "./namespaces.ts";
import { RunningProgram } from "./running_program.ts";
import { type Switches, USUAL } from "./windows/model.ts";

/** The guest's usual address. */
export const GUEST_ADDRESS = "172.23.21.232";

/** What the guest's programs find in their environment, as in a terminal of a distro. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/mnt/c/Windows/System32",
  TERM: "xterm-256color",
  LANG: "C.UTF-8",
  WSL_DISTRO_NAME: "Debian",
  WSL_INTEROP: "/run/WSL/8_interop",
};

/** How a program is started in the guest. */
export interface SpawnOptions {
  /** On top of the usual environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default 0. */
  readonly uid?: number;
  /** Default `/`. */
  readonly cwd?: string;
}

/** A web server in the guest. */
export interface GuestServer extends OpenServer, AsyncDisposable {
  /** Closes it; when, in milliseconds since 1970. */
  close(): Promise<number>;
}

/** The WSL2 side: a mount, a network and a PID namespace, and what runs in them. */
export class Guest {
  readonly #windowsPid: number;
  #sandbox: Sandbox<Agent> | null = null;
  #initPid = 0;
  #switches: Switches = USUAL;
  #executable = Deno.env.get("WSLFWD_EXECUTABLE") ?? "";

  /** `windowsPid`: the process that holds Windows' namespaces. */
  constructor(windowsPid: number) {
    this.#windowsPid = windowsPid;
  }

  /** Starts the virtual machine: an empty guest with an address, or (mirrored mode) with Windows' own. */
  async boot(address: string | "mirrored" = GUEST_ADDRESS): Promise<void> {
    this.#sandbox = new Sandbox<Agent>("the guest", [
      "/usr/bin/nsenter",
      `--mount=/proc/${this.#windowsPid}/ns/mnt`,
      "/usr/bin/unshare",
      ...["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"],
      ...["/bin/sh", `${BOOT}/guest.sh`, BOOT, REPOSITORY, Deno.execPath(), denoFolder()],
      ...denoScript("agent.ts"),
    ]);
    await this.#sandbox.rpc.booted;
    this.#initPid = await onlyChildOf(this.#sandbox.pid);
    if (address === "mirrored") await runBootScript("connect_mirrored.sh", this.#windowsPid, this.#initPid);
    else await runBootScript("connect_guest.sh", this.#windowsPid, this.#initPid, address);
    if (this.#switches !== USUAL) await this.follow(this.#switches);
  }

  /** Kills everything in it at once, as `wsl --shutdown` or a crash of the virtual machine does. */
  async die(): Promise<void> {
    await this.#sandbox?.kill();
    this.#sandbox = null;
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#sandbox?.close();
    this.#sandbox = null;
  }

  /** The process whose namespaces the guest's are. */
  get initPid(): number {
    return this.#initPid;
  }

  /** The words to put before a command so that it runs in the guest. */
  enterArgv(options: SpawnOptions = {}): string[] {
    const { uid = 0, cwd = "/" } = options;
    const user = uid === 0 ? [] : ["/usr/bin/setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
    const enter = ["/usr/bin/nsenter", `--target=${this.#initPid}`, "--mount", "--net", "--pid"];
    return [...enter, "/usr/bin/env", `--chdir=${cwd}`, ...user];
  }

  /** What a program gets as its environment. */
  environment(options: SpawnOptions = {}): Record<string, string> {
    const home = (options.uid ?? 0) === 0 ? { HOME: Deno.env.get("HOME") ?? "/root" } : { HOME: "/" };
    const all = { ...ENVIRONMENT, ...home, DENO_DIR: denoFolder(), ...options.env };
    return Object.fromEntries(
      Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
  }

  /** Starts a program; `argv[0]` is looked up in the guest's PATH. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): RunningProgram {
    const [path, ...args] = [...this.enterArgv(options), ...argv];
    return new RunningProgram(
      argv.join(" "),
      new Deno.Command(path!, {
        args,
        env: this.environment(options),
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        detached: true,
      }).spawn(),
    );
  }

  /** From now on wslfwd is this file. */
  install(executable: string): void {
    this.#executable = executable;
  }

  /**
   * Runs wslfwd from source with the Deno that runs the tests, or the file that WSLFWD_EXECUTABLE or {@link install} names;
   * for a user, where that one takes root, the file that WSLFWD_BUILT_FILE names.
   */
  wslfwd(args: readonly string[], options: SpawnOptions = {}): RunningProgram {
    const isRoot = (options.uid ?? 0) === 0;
    const executable = this.#executable;
    if (executable !== "") {
      if (isRoot) return this.spawn([executable, ...args], options);
      // A user of the guest has no home: this is where a self-extracting file may unpack.
      const env = { XDG_CACHE_HOME: "/run/guest/cache", ...options.env };
      const file = Deno.env.get("WSLFWD_BUILT_FILE") ?? executable;
      return this.spawn([file, ...args], { ...options, env });
    }
    const deno = isRoot ? Deno.execPath() : "/run/guest/deno";
    const main = isRoot ? `${REPOSITORY}main.ts` : "/run/guest/repository/main.ts";
    const env = isRoot ? {} : { DENO_DIR: "/run/guest/deno_dir" };
    return this.spawn([deno, "run", "--allow-all", "--quiet", "--cached-only", main, ...args], {
      ...options,
      env: { ...env, ...options.env },
    });
  }

  /** Opens a web server. */
  async listen(port: number, options: Partial<Omit<ServerOptions, "port">> = {}): Promise<GuestServer> {
    const { rpc } = this.#running();
    const server = await rpc.call("listen", { text: `port ${port}`, ...options, port });
    const close = () => rpc.call("unlisten", server.id);
    return { ...server, close, [Symbol.asyncDispose]: async () => void await close() };
  }

  /** Opens a UDP service that answers `guest PORT QUESTION`. */
  async listenUdp(port: number, address = "0.0.0.0"): Promise<AsyncDisposable & { close(): Promise<void> }> {
    const { rpc } = this.#running();
    await rpc.call("listenUdp", port, address, `guest ${port}`);
    const close = () => rpc.call("unlistenUdp", port);
    return { close, [Symbol.asyncDispose]: close };
  }

  /** Gives eth0 another address as well. */
  addAddress(address: string): Promise<void> {
    return this.run("ip", "addr", "add", `${address}/20`, "dev", "eth0");
  }

  /** Takes an address away; the default route stays where eth0 has another. */
  async removeAddress(address: string): Promise<void> {
    await this.run("ip", "addr", "del", `${address}/20`, "dev", "eth0");
    await this.run("ip", "route", "replace", "default", "via", "172.23.16.1");
  }

  /** Runs a program in the guest to its end. Throws where it fails. */
  run(...argv: string[]): Promise<void> {
    const [path, ...args] = [...this.enterArgv(), ...argv];
    return runChecked(path!, args);
  }

  /** Gives it the program that mounts drives of Windows, which WSL puts at /sbin. */
  letMount(): Promise<void> {
    // What was a link of the guest's own root becomes a folder: the machine's stays as it is.
    return this.run("/bin/sh", "-ec", "[ -L /sbin ]; rm /sbin; mkdir /sbin; ln -s /init /sbin/mount.drvfs");
  }

  /** Makes of it a distro whose /bin is no link to /usr/bin. */
  split(): Promise<void> {
    return this.run("/bin/sh", `${BOOT}/split_usr.sh`);
  }

  /** Follows the switches that concern the guest's files. */
  async follow(switches: Partial<Switches>): Promise<void> {
    const { isElevated, drive, networkingMode } = this.#switches = { ...this.#switches, ...switches };
    const commands: string[] = [];
    if (switches.isElevated !== undefined || switches.drive !== undefined) {
      commands.push(`sh ${BOOT}/mount_drive.sh '${drive ?? ""}' ${isElevated ? "rw" : "ro"}`);
    }
    if (switches.networkingMode !== undefined) {
      commands.push(
        networkingMode === null ? "rm -f /bin/wslinfo" : "ln -sf /init /bin/wslinfo",
        ...lookOf(networkingMode).map((command) => `cd /sys/class/net; ${command}`),
      );
    }
    if (commands.length > 0) await this.run("/bin/sh", "-ec", commands.join("\n"));
  }

  #running(): Sandbox<Agent> {
    if (this.#sandbox === null) throw new Error("The guest does not run");
    return this.#sandbox;
  }
}

/** What makes /sys look as a networking mode does (read in WSL's source). */
function lookOf(networkingMode: string | null): string[] {
  if (networkingMode === "mirrored") return ["mkdir -p loopback0"];
  const isVirtio = networkingMode === "consomme" || networkingMode === "virtioproxy";
  return isVirtio ? ["ln -sfn ../../../../bus/virtio/drivers/virtio_net eth0/device/driver"] : [];
}

/** Deno's cache. */
export function denoFolder(): string {
  return Deno.env.get("DENO_DIR") ??
    `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/deno`;
}
