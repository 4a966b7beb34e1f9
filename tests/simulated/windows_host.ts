/**
 * The process that is Windows: started by boot/windows.sh in namespaces of its own, it puts the programs on the C: drive,
 * listens for them on the interop sockets, and does what the tests say.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { pause } from "./clock.ts";
import { serveRpc } from "./rpc.ts";
import type { Reach } from "./windows/hyper_v_switch.ts";
import { InteropSession } from "./windows/interop.ts";
import type { CallRecord, Fault, FirewallRule, PortproxyEntry } from "./windows/model.ts";
import type { ServiceOptions, Switches, WindowsState } from "./windows/model.ts";
import { COMPILER } from "./windows/compilers.ts";
import { keyOf } from "./windows/portproxy.ts";
import { SYSTEM32 } from "./windows/programs.ts";
import { logOn } from "./windows/task_scheduler.ts";
import { SimulatedWindows } from "./windows/windows.ts";

const DRIVE = "/mnt/c/Windows";
const POWERSHELL = `${DRIVE}/System32/WindowsPowerShell/v1.0`;
const LOOKS_FURTHER = "/run/simulation/interop_looks_further";

/** What every Windows listens on. */
const BUILT_IN: readonly ServiceOptions[] = [
  { port: 135, name: "svchost.exe", pid: 1104 },
  { port: 445, name: "System", pid: 4 },
];

/** WSL's own session, and the terminal that the guest's programs are started from. */
const USUAL_SESSIONS = [1, 8];

/** The methods that tests call. */
export class WindowsControl {
  readonly #machine: SimulatedWindows;
  readonly #sessions = new Map<string, InteropSession>();
  #isChanged = false;

  /** `notify`: tells the tests that the state has changed. */
  constructor(notify: () => void) {
    this.#machine = new SimulatedWindows(() => {
      // One message for many changes: the tests ask for the state when they have read it.
      if (this.#isChanged) return;
      this.#isChanged = true;
      queueMicrotask(notify);
    });
    for (const service of BUILT_IN) this.#machine.startService(service);
    Deno.mkdirSync(POWERSHELL, { recursive: true });
    this.#writePrograms();
    new InteropSession("/run/simulation/wslpath", this.#machine, () => this.#machine.switches.isElevated);
  }

  /** Opens the interop sockets. */
  start(): Promise<void> {
    return this.#openUsualSessions();
  }

  /** Everything but the calls. */
  state(): WindowsState {
    this.#isChanged = false;
    return this.#machine.state;
  }

  /** The calls from the one after `id` on. */
  calls(id: number): CallRecord[] {
    return this.#machine.calls.slice(id).map(({ record }) => record);
  }

  /** Turns switches. */
  async set(switches: Partial<Switches>): Promise<void> {
    const before = this.#machine.switches;
    this.#machine.turn(switches);
    const after = this.#machine.switches;
    const isOther = (["hasBinfmt", "canExecute", "hasCompiler"] as const).some((name) =>
      before[name] !== after[name]
    );
    if (isOther) this.#writePrograms();
    if (after.interopLooksFurther) await Deno.writeTextFile(LOOKS_FURTHER, "");
    else await Deno.remove(LOOKS_FURTHER).catch(() => {});
    if (before.interop !== after.interop) {
      await this.#closeSessions(after.interop === "stale");
      if (after.interop === "running" || after.interop === "disabled") await this.#openUsualSessions();
    }
  }

  /** Mirrored mode, or one that relays: the guest with this process is on Windows' addresses; null: no guest. */
  mirror(guestPid: number | null, reach: Reach): void {
    this.#machine.mirror(guestPid, reach);
  }

  /**
   * The user logs on: every task of this user starts what it is to start. WSL's own session is of the rights of the first of
   * them, which boots the distro (read in WSL's source: WslCoreInstance.cpp).
   */
  async logOn(): Promise<void> {
    const isElevated = logOn(this.#machine);
    if (isElevated !== null) await this.#openSession(1, () => isElevated);
  }

  /** Makes an entry, as another program would. */
  putEntry(entry: PortproxyEntry): void {
    this.#machine.putEntry(entry);
  }

  /** Deletes an entry that leads to IPv4, as another program would; whether there was one. */
  deleteEntry(listenAddress: string, listenPort: string): boolean {
    const families = listenAddress.includes(":") ? "v6tov4" : "v4tov4";
    return this.#machine.deleteEntry(keyOf({ families, listenAddress, listenPort }));
  }

  /** Adds a firewall rule, as another program would. */
  addRule(rule: FirewallRule): void {
    this.#machine.addRule(rule);
  }

  /** Deletes the rules of a name; how many. */
  deleteRules(name: string): number {
    const rules = this.#machine.rulesNamed(name);
    this.#machine.deleteRules(rules);
    return rules.length;
  }

  /** Starts a Windows service. */
  startService(options: ServiceOptions): void {
    this.#machine.startService(options);
  }

  /** Stops it. */
  stopService(port: number): void {
    this.#machine.stopService(port);
  }

  /** A Windows program takes a UDP port. */
  async startUdpService(port: number): Promise<void> {
    const socket = createSocket("udp4").bind(port);
    await once(socket, "listening");
  }

  /** Kills the helper that was started last. */
  killHelper(): void {
    Deno.kill(this.#machine.state.helperPids.at(-1)!, "SIGKILL");
  }

  /** Plans a fault. */
  addFault(fault: Fault): void {
    this.#machine.faults.add(fault);
  }

  /** Forgets planned faults and lets go on what hangs. */
  clearFaults(): void {
    this.#machine.faults.clear();
    for (const call of this.#machine.calls) if (call.record.isHanging) call.release();
  }

  /** Lets a call that hangs go on. */
  release(id: number): void {
    this.#machine.calls[id - 1]?.release();
  }

  /** Opens another interop session, such as a second terminal. */
  openSession(pid: number, isElevated: boolean): Promise<string> {
    return this.#openSession(pid, () => isElevated);
  }

  /** The wsl.exe of a session is gone; its socket is still there, and nobody answers. */
  loseWindow(path: string): void {
    this.#sessions.get(path)?.loseWindow();
  }

  /** A session answers no more; what it started goes on. */
  silenceSession(path: string): void {
    this.#sessions.get(path)?.beSilent();
  }

  /** The socket of a session goes, as the last of it. */
  unlinkSession(path: string): Promise<void> {
    return this.#closeSession(path, false);
  }

  /** What a session started dies; its socket stays and refuses. */
  closeSession(path: string): Promise<void> {
    return this.#closeSession(path, true);
  }

  /** Every program of the user ends, as when the user logs off. */
  endPrograms(): void {
    this.#machine.endPrograms();
  }

  /** Restarts Windows: entries and rules stay. */
  async reboot(): Promise<void> {
    await this.#closeSessions(false);
    this.#machine.reboot();
    await this.#openUsualSessions();
  }

  /** What is in the folder for scripts, or null where there is no such folder. */
  scriptFolder(): string[] | null {
    try {
      return [...Deno.readDirSync(`${DRIVE}/wslfwd`)].map((entry) => entry.name);
    } catch {
      return null;
    }
  }

  /** Whether a connection from Windows itself to a port succeeds. */
  async canConnect(address: string, port: number): Promise<boolean> {
    const connecting = Deno.connect({ hostname: address, port });
    const connection = await Promise.race([connecting.catch(() => null), pause(2_000).then(() => null)]);
    connection?.close();
    return connection !== null;
  }

  async #openUsualSessions(): Promise<void> {
    for (const pid of USUAL_SESSIONS) await this.#openSession(pid, () => this.#machine.switches.isElevated);
  }

  async #openSession(pid: number, isElevated: () => boolean): Promise<string> {
    const path = `/run/WSL/${pid}_interop`;
    await this.#closeSession(path, false);
    this.#sessions.set(path, new InteropSession(path, this.#machine, isElevated));
    return path;
  }

  async #closeSessions(staysBehind: boolean): Promise<void> {
    const paths = [...Deno.readDirSync("/run/WSL")].map((entry) => `/run/WSL/${entry.name}`);
    for (const path of paths) await this.#closeSession(path, staysBehind);
  }

  /** `staysBehind`: the socket does, and refuses. Deno removes it a moment after it closed it, hence the second name. */
  async #closeSession(path: string, staysBehind: boolean): Promise<void> {
    const second = `${path}.stale`;
    const session = this.#sessions.get(path);
    if (session === undefined) return staysBehind ? undefined : await Deno.remove(path).catch(() => {});
    if (staysBehind) await Deno.link(path, second);
    this.#sessions.delete(path);
    session.close();
    while (await Deno.lstat(path).then(() => true, () => false)) await pause(1);
    if (staysBehind) await Deno.rename(second, path);
  }

  /** Puts the programs on the drive; those that the kernel cannot start begin as every Windows program does. */
  #writePrograms(): void {
    const { hasBinfmt, canExecute, hasCompiler } = this.#machine.switches;
    const program = hasBinfmt
      ? Deno.readTextFileSync(new URL("boot/program.pl", import.meta.url))
      : "MZ\0\0: a Windows program, for a kernel that does not know such.";
    // wsl.exe is never run from here: tests do what it would.
    for (const name of [...SYSTEM32, "wsl.exe"].map((name) => `System32/${name}`).concat("powershell")) {
      const path = name === "powershell" ? `${POWERSHELL}/powershell.exe` : `${DRIVE}/${name}`;
      Deno.writeTextFileSync(path, program);
      Deno.chmodSync(path, canExecute ? 0o777 : 0o666);
    }
    const compiler = `${DRIVE}/${COMPILER}`;
    Deno.mkdirSync(compiler.slice(0, compiler.lastIndexOf("/")), { recursive: true });
    if (hasCompiler) {
      Deno.writeTextFileSync(compiler, program);
      Deno.chmodSync(compiler, canExecute ? 0o777 : 0o666);
    } else Deno.removeSync(compiler);
  }
}

if (import.meta.main) {
  let notify = () => {};
  const control = new WindowsControl(() => notify());
  const send = serveRpc(control);
  notify = () => send("changed");
  await control.start();
}
