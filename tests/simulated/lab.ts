/**
 * A LAN peer, a Windows machine and a WSL2 guest in network namespaces, joined by real (virtual) wires. Tests run
 * wslfwd in the guest and look at it from the LAN.
 */
import type { Agent } from "./agent.ts";
import { denoFolder, Guest, GUEST_ADDRESS, type SpawnOptions } from "./guest.ts";
import { BOOT, checkPlaces, denoScript, REPOSITORY, runBootScript, Sandbox } from "./namespaces.ts";
import { Lan } from "./peer.ts";
import type { RunningProgram } from "./running_program.ts";
import type { Switches } from "./windows/model.ts";
import { Windows } from "./windows_client.ts";
import type { WindowsControl } from "./windows_host.ts";

/** The socket of the terminal that the guest's programs are started from. */
const TERMINAL_SOCKET = "/run/WSL/8_interop";

/** The whole of it. `await using lab = await Lab.start()`. */
export class Lab implements AsyncDisposable {
  /** The WSL2 side. */
  readonly guest: Guest;
  /** The Windows side. */
  readonly windows: Windows;
  /** The other machines. */
  readonly lan: Lan;
  readonly #windowsSandbox: Sandbox<WindowsControl>;
  readonly #lanSandbox: Sandbox<Agent>;
  #outside: Promise<Sandbox<Agent>> | null = null;

  private constructor(windowsSandbox: Sandbox<WindowsControl>, lanSandbox: Sandbox<Agent>) {
    this.#windowsSandbox = windowsSandbox;
    this.#lanSandbox = lanSandbox;
    this.guest = new Guest(windowsSandbox.pid);
    this.windows = new Windows(windowsSandbox.rpc, (switches) => this.guest.follow(switches));
    this.lan = new Lan((place) => place === "lan" ? Promise.resolve(lanSandbox) : this.#startOutside());
  }

  /** Starts it: Windows with these switches, the guest with its usual address. Takes root, or a user namespace. */
  static async start(switches: Partial<Switches> = {}): Promise<Lab> {
    checkPlaces([REPOSITORY, Deno.execPath(), denoFolder()]);
    const boot = [
      "/usr/bin/unshare",
      "--mount",
      "--net",
      "--propagation",
      "private",
      "/bin/sh",
      `${BOOT}/windows.sh`,
    ];
    const windowsSandbox = new Sandbox<WindowsControl>("Windows", [
      ...boot,
      ...denoScript("windows_host.ts"),
    ]);
    const lanSandbox = startPeer("the LAN peer");
    const lab = new Lab(windowsSandbox, lanSandbox);
    try {
      await Promise.all([windowsSandbox.rpc.booted, lanSandbox.rpc.booted]);
      await Promise.all([
        lab.#bootGuest(switches.networkingMode),
        runBootScript("connect_lan.sh", windowsSandbox.pid, lanSandbox.pid),
      ]);
      await lab.windows.set(switches);
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  /** The process whose network namespace the LAN peer's is. */
  get lanPid(): number {
    return this.#lanSandbox.pid;
  }

  /** The process whose network namespace Windows' is. */
  get windowsPid(): number {
    return this.#windowsSandbox.pid;
  }

  /** Runs wslfwd in the guest. */
  wslfwd(args: readonly string[], options: SpawnOptions = {}): RunningProgram {
    return this.guest.wslfwd(args, options);
  }

  /**
   * Closes the window that a program was started in, or kills its wsl.exe, in WSL's order (read in WSL's source: init.cpp,
   * SessionLeaderEntryUtilityVm): Windows is gone, then the terminal (SIGHUP), then the socket.
   */
  async closeTerminal(program: RunningProgram): Promise<void> {
    await this.windows.loseWindow(TERMINAL_SOCKET);
    await program.kill("SIGHUP");
    await this.windows.unlinkSession(TERMINAL_SOCKET);
  }

  /** `wsl --shutdown`, and a guest with another networking mode after it. */
  async restartGuest(networkingMode: string): Promise<void> {
    await this.guest.die();
    await this.#bootGuest(networkingMode);
    await this.windows.set({ networkingMode });
  }

  async #bootGuest(networkingMode: string | null = "nat"): Promise<void> {
    const isMirrored = networkingMode === "mirrored";
    const isRelayed = networkingMode === "consomme" || networkingMode === "virtioproxy";
    await this.guest.boot(isMirrored ? "mirrored" : GUEST_ADDRESS);
    await this.#windowsSandbox.rpc.call(
      "mirror",
      isMirrored || isRelayed ? this.guest.initPid : null,
      isRelayed ? "relayed" : "mirrored",
    );
  }

  /** The user logs off: every program ends, and the guest with them. What Windows holds stays. */
  async logOff(): Promise<void> {
    await this.#windowsSandbox.rpc.call("endPrograms");
    await this.guest.die();
  }

  /** Restarts Windows, and the guest with it. */
  async reboot(): Promise<void> {
    await this.guest.die();
    await this.#windowsSandbox.rpc.call("reboot");
    await this.guest.boot();
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    const outside = await this.#outside;
    await Promise.all([
      this.guest.close(),
      this.#windowsSandbox.close(),
      this.#lanSandbox.close(),
      outside?.close(),
    ]);
  }

  #startOutside(): Promise<Sandbox<Agent>> {
    this.#outside ??= (async () => {
      const outside = startPeer("the outside peer");
      await outside.rpc.booted;
      await runBootScript("connect_outside.sh", this.#lanSandbox.pid, outside.pid);
      return outside;
    })();
    return this.#outside;
  }
}

function startPeer(name: string): Sandbox<Agent> {
  const boot = ["/usr/bin/unshare", "--net", "/bin/sh", "-c", `echo '{"booted":true}'; exec "$@"`, "sh"];
  return new Sandbox<Agent>(name, [...boot, ...denoScript("agent.ts")]);
}
