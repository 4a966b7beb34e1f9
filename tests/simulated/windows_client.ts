import type { WindowsControl } from "./windows_host.ts";
import type { RpcClient } from "./rpc.ts";
import type {
  CallRecord,
  Fault,
  FirewallRule,
  PortproxyEntry,
  ServiceOptions,
  ShownEntry,
  Switches,
  WindowsState,
} from "./windows/model.ts";

/** How long a state is waited for, in milliseconds. */
const WAIT_MS = 30_000;

/** The simulated Windows, as tests see and switch it. */
export class Windows {
  readonly #rpc: RpcClient<WindowsControl>;
  readonly #afterSet: (switches: Partial<Switches>) => Promise<void>;
  #change = Promise.withResolvers<void>();

  /** `afterSet`: lets the guest follow the switches that concern it. */
  constructor(rpc: RpcClient<WindowsControl>, afterSet: (switches: Partial<Switches>) => Promise<void>) {
    this.#rpc = rpc;
    this.#afterSet = afterSet;
    rpc.onEvent = () => {
      this.#change.resolve();
      this.#change = Promise.withResolvers();
    };
  }

  /** Everything but the calls. */
  state(): Promise<WindowsState> {
    return this.#rpc.call("state");
  }

  /** The portproxy table. */
  async entries(): Promise<readonly ShownEntry[]> {
    return (await this.state()).entries;
  }

  /** The firewall's rules. */
  async rules(): Promise<readonly FirewallRule[]> {
    return (await this.state()).rules;
  }

  /** What was refused: a test expects none. */
  async refusals(): Promise<readonly string[]> {
    return (await this.state()).refusals;
  }

  /** What a careful caller never does: a test expects none. */
  async violations(): Promise<readonly string[]> {
    return (await this.state()).violations;
  }

  /** The calls, oldest first, of one program or of all. */
  async calls(program?: string): Promise<CallRecord[]> {
    const calls = await this.#rpc.call("calls", 0);
    return program === undefined ? calls : calls.filter((call) => call.program === program);
  }

  /** Turns switches. */
  async set(switches: Partial<Switches>): Promise<void> {
    await this.#rpc.call("set", switches);
    await this.#afterSet(switches);
  }

  /** Resolves with the state once it is as wanted. Throws, and shows the state, where that takes too long. */
  async waitFor(
    isWanted: (state: WindowsState) => boolean,
    timeoutMs: number = WAIT_MS,
  ): Promise<WindowsState> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, timeoutMs);
    const deadline = performance.now() + timeoutMs;
    try {
      while (true) {
        const change = this.#change.promise;
        const state = await this.state();
        if (isWanted(state)) return state;
        if (performance.now() >= deadline) {
          const calls = (await this.#rpc.call("calls", Math.max(0, state.callCount - 20)))
            .map(({ program, args, script, exitCode }) =>
              [program, ...args, ...script ?? [], `=> ${exitCode}`].join(" ")
            );
          throw new Error(
            `Windows is not as wanted after ${timeoutMs} ms: ${isWanted}\n` +
              `${JSON.stringify(state, null, 2)}\nThe last calls:\n${calls.join("\n")}`,
          );
        }
        await Promise.race([change, timeout.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves with the first call from now on, or so far, that is as wanted. Throws where that takes too long. */
  async waitForCall(
    isWanted: (call: CallRecord) => boolean,
    timeoutMs: number = WAIT_MS,
  ): Promise<CallRecord> {
    const timeout = AbortSignal.timeout(timeoutMs);
    while (true) {
      const change = this.#change.promise;
      const call = (await this.calls()).find(isWanted);
      await this.state();
      if (call !== undefined) return call;
      if (timeout.aborted) throw new Error(`No call is as wanted after ${timeoutMs} ms: ${isWanted}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, 250);
      await Promise.race([change, promise]);
      clearTimeout(timer);
    }
  }

  /** The user logs on: what the tasks start then is in `launches`. */
  logOn(): Promise<void> {
    return this.#rpc.call("logOn");
  }

  /** Makes an entry, as another program would. */
  putEntry(entry: PortproxyEntry): Promise<void> {
    return this.#rpc.call("putEntry", entry);
  }

  /** Deletes an entry that leads to IPv4, as another program would; whether there was one. */
  deleteEntry(listenAddress: string, listenPort: string | number): Promise<boolean> {
    return this.#rpc.call("deleteEntry", listenAddress, String(listenPort));
  }

  /** Adds a firewall rule, as another program would: inbound, allow, TCP, everywhere and everybody, unless said. */
  addRule(rule: Partial<FirewallRule> & { readonly name: string }): Promise<void> {
    return this.#rpc.call("addRule", {
      direction: "in",
      action: "allow",
      protocol: "tcp",
      localPorts: [],
      profiles: ["domain", "private", "public"],
      remoteIps: ["any"],
      description: "",
      isEnabled: true,
      ...rule,
    });
  }

  /** Deletes the rules of a name; how many. */
  deleteRules(name: string): Promise<number> {
    return this.#rpc.call("deleteRules", name);
  }

  /** Starts a Windows service. */
  startService(options: ServiceOptions): Promise<void> {
    return this.#rpc.call("startService", options);
  }

  /** Stops it. */
  stopService(port: number): Promise<void> {
    return this.#rpc.call("stopService", port);
  }

  /** A Windows program takes a UDP port, for as long as the lab lives. */
  startUdpService(port: number): Promise<void> {
    return this.#rpc.call("startUdpService", port);
  }

  /** Kills the helper that was started last, as a task manager does. */
  killHelper(): Promise<void> {
    return this.#rpc.call("killHelper");
  }

  /** Plans a fault. */
  addFault(fault: Fault): Promise<void> {
    return this.#rpc.call("addFault", fault);
  }

  /** Forgets planned faults and lets go on what hangs. */
  clearFaults(): Promise<void> {
    return this.#rpc.call("clearFaults");
  }

  /** Lets a call that hangs go on. */
  release(callId: number): Promise<void> {
    return this.#rpc.call("release", callId);
  }

  /** Opens another interop session, such as a second terminal; the path of its socket. */
  openSession(pid: number, isElevated: boolean): Promise<string> {
    return this.#rpc.call("openSession", pid, isElevated);
  }

  /** The wsl.exe of a session is gone; its socket is still there, and nobody answers. */
  loseWindow(path: string): Promise<void> {
    return this.#rpc.call("loseWindow", path);
  }

  /** A session answers no more: who asks it waits for 10 s. What it started goes on. */
  silenceSession(path: string): Promise<void> {
    return this.#rpc.call("silenceSession", path);
  }

  /** The socket of a session goes, as the last of it. */
  unlinkSession(path: string): Promise<void> {
    return this.#rpc.call("unlinkSession", path);
  }

  /** What a session started dies; its socket stays and refuses. */
  closeSession(path: string): Promise<void> {
    return this.#rpc.call("closeSession", path);
  }

  /** What is in the folder for scripts, or null where there is no such folder. */
  scriptFolder(): Promise<string[] | null> {
    return this.#rpc.call("scriptFolder");
  }

  /** Whether Windows itself can connect to a port. */
  canConnect(address: string, port: number): Promise<boolean> {
    return this.#rpc.call("canConnect", address, port);
  }
}
