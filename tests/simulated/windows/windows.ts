import { now } from "../clock.ts";
import { Call } from "./calls.ts";
import { Faults } from "./faults.ts";
import { HelperLink } from "./helper_link.ts";
import { HyperVSwitch, type Reach, SWITCH_PID } from "./hyper_v_switch.ts";
import {
  type CallRecord,
  type Exposure,
  type FirewallRule,
  type Launch,
  type PortproxyEntry,
  type ServiceOptions,
  type Switches,
  type Task,
  USUAL,
  type WindowsState,
} from "./model.ts";
import { FirewallTable, type StoredRule } from "./firewall_table.ts";
import type { ProgramInput } from "./program_input.ts";
import { keyOf } from "./portproxy.ts";
import { PortproxyService } from "./portproxy_service.ts";
import { UdpFirewall } from "./udp_firewall.ts";
import { WindowsService } from "./sockets.ts";

/** A task as Windows keeps it. */
export interface StoredTask extends Task {
  /** Its definition. */
  readonly xml: string;
}

/** A Windows machine: its tables, its sockets, and the log of what was asked of it. */
export class SimulatedWindows {
  /** The faults to come. */
  readonly faults: Faults = new Faults();
  /** Every call, in the order of their start. */
  readonly calls: Call[] = [];
  /** How this Windows is. */
  switches: Switches = USUAL;
  /** The tasks of the scheduler, by their name. */
  readonly tasks: Map<string, StoredTask> = new Map();
  /** The portproxy tables and who listens for them. */
  readonly portproxy: PortproxyService = new PortproxyService(this);
  readonly #firewall = new FirewallTable();
  readonly #services = new Map<number, WindowsService>();
  readonly #refusals: string[] = [];
  readonly #violations: string[] = [];
  readonly #exposures: Exposure[] = [];
  readonly #launches: Launch[] = [];
  #unansweredCount = 0;
  #askedAgainCount = 0;
  readonly #helperPids: number[] = [];
  /** Null as long as nothing on this Windows takes UDP: the kernel is not asked for each rule then. */
  #udpFirewall: UdpFirewall | null = null;
  #switch: HyperVSwitch | null = null;
  #link: HelperLink | null = null;
  #helperHung = 0;
  #netshRunning = 0;
  #netshAtOnce = 0;

  /** To be called after every change of the state. */
  readonly changed: () => void;
  readonly #watchers = new Set<() => void>();

  /** `onChange`: called after every change of the state. */
  constructor(onChange: () => void) {
    this.changed = () => {
      onChange();
      for (const watcher of this.#watchers) watcher();
    };
  }

  /** Resolves once something is otherwise than it was when it was asked for. */
  whenChanged(read: () => string): Promise<void> {
    const before = read();
    return new Promise((resolve) => {
      const watcher = () => {
        if (read() === before) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }

  /** What tests see. */
  get state(): WindowsState {
    return {
      entries: this.portproxy.shown,
      rules: this.rules.map(({ guid: _, ...rule }) => rule),
      refusals: this.#refusals,
      violations: this.#violations,
      exposures: this.#exposures,
      launches: this.#launches,
      helperPids: this.#helperPids,
      helperHung: this.#helperHung,
      tasks: [...this.tasks.values()].map(({ xml: _, ...task }) => task),
      unansweredCount: this.#unansweredCount,
      askedAgainCount: this.#askedAgainCount,
      callCount: this.calls.length,
      netshRunning: this.#netshRunning,
      netshAtOnce: this.#netshAtOnce,
      hanging: this.calls.filter(({ record }) => record.isHanging).map(({ record }) => record.id),
    };
  }

  /** The portproxy table. */
  get entries(): PortproxyEntry[] {
    return this.portproxy.entries;
  }

  /** The firewall's rules. */
  get rules(): StoredRule[] {
    return this.#firewall.rules;
  }

  /** Whether there is an entry with this key. */
  hasEntry(key: string): boolean {
    return this.portproxy.has(key);
  }

  /** Makes or overwrites an entry; IP Helper listens for it where it runs. */
  putEntry(entry: PortproxyEntry): void {
    this.portproxy.put(entry);
    this.changed();
  }

  /** Where helpers ask what is Windows' own. */
  get helperPort(): number {
    return (this.#link ??= new HelperLink(this)).port;
  }

  /** Deletes an entry; whether there was one. */
  deleteEntry(key: string): boolean {
    const wasThere = this.portproxy.delete(key);
    this.changed();
    return wasThere;
  }

  /** Deletes every entry. */
  clearEntries(): void {
    for (const entry of this.entries) this.deleteEntry(keyOf(entry));
  }

  /** Adds a firewall rule; one that is there already is there twice then. */
  addRule(rule: FirewallRule): void {
    this.#firewall.add(rule);
    this.#udpFirewall?.follow(this.rules, this.switches);
    this.changed();
  }

  /** The rules of a name. */
  rulesNamed(name: string): StoredRule[] {
    return this.#firewall.named(name);
  }

  /** Deletes rules. */
  deleteRules(rules: readonly StoredRule[]): void {
    for (const rule of rules) this.#firewall.delete(rule);
    this.#udpFirewall?.follow(this.rules, this.switches);
    this.changed();
  }

  /** Starts a Windows service. Throws where its port is taken. */
  startService(options: ServiceOptions): void {
    this.#services.set(options.port, new WindowsService(options, this));
    this.changed();
  }

  /** Stops the service on a port. */
  stopService(port: number): void {
    this.#services.get(port)?.close();
    this.#services.delete(port);
    this.changed();
  }

  /** The name of the process with an id, as far as it listens; else null. */
  processName(pid: number): string | null {
    if (pid === this.portproxy.pid) return "svchost.exe";
    if (pid === SWITCH_PID) return this.#switch?.processName ?? null;
    return [...this.#services.values()].find((service) => service.pid === pid)?.name ?? null;
  }

  /** What listens on Windows, for netstat. */
  get listening(): { address: string; port: number; pid: number }[] {
    const services = [...this.#services.values()].map(({ address, port, pid }) => ({ address, port, pid }));
    return [...services, ...this.portproxy.endpoints, ...this.#switch?.endpoints ?? []];
  }

  /** Puts the guest with this process on Windows' own addresses; null: no guest. */
  mirror(guestPid: number | null, reach: Reach): void {
    this.#switch?.close();
    this.#switch = guestPid === null ? null : new HyperVSwitch(guestPid, this, reach);
  }

  /** Turns switches; IP Helper starts or stops with its own. */
  turn(switches: Partial<Switches>): void {
    const before = this.switches.ipHelper;
    this.switches = { ...this.switches, ...switches };
    this.#udpFirewall?.follow(this.rules, this.switches);
    if (before !== this.switches.ipHelper) this.#restartIpHelper();
    this.changed();
  }

  /** Every program of the user ends. */
  endPrograms(): void {
    for (const call of this.calls) call.loseClient(true);
  }

  /** Restarts: entries and rules stay, what runs does not. */
  reboot(): void {
    this.endPrograms();
    this.#restartIpHelper();
  }

  #restartIpHelper(): void {
    this.portproxy.restart();
    this.changed();
  }

  /** A helper is about to start: from now on UDP is judged. Resolves when it is. */
  async prepareResident(): Promise<void> {
    this.#udpFirewall ??= new UdpFirewall();
    await this.#udpFirewall.follow(this.rules, this.switches);
  }

  /** Notes that a call of a helper hangs. */
  noteHang(): void {
    this.#helperHung++;
    this.changed();
  }

  /** Notes that a helper was started. */
  noteResident(pid: number): void {
    this.#helperPids.push(pid);
    this.changed();
  }

  /** Logs that a program was started. `input`: that of the program that started it, where it has it from there. */
  startCall(
    start: Pick<CallRecord, "program" | "args" | "cwd" | "stdin" | "pid" | "isElevated">,
    input?: ProgramInput,
  ): Call {
    const call = new Call(
      {
        id: this.calls.length + 1,
        ...start,
        script: null,
        lines: [],
        startedAt: now(),
        endedAt: null,
        clientGoneAt: null,
        exitCode: null,
        isHanging: false,
      },
      this,
      input,
    );
    this.calls.push(call);
    if (start.program === "netsh.exe") {
      this.#netshAtOnce = Math.max(this.#netshAtOnce, ++this.#netshRunning);
    }
    this.changed();
    return call;
  }

  /** Logs that it has ended. */
  endCall({ record }: Call, exitCode: number): void {
    record.endedAt = now();
    record.exitCode = exitCode;
    if (record.program === "netsh.exe") this.#netshRunning--;
    this.changed();
  }

  /** Counts something that this Windows does not know. */
  refuse(what: string): void {
    this.#refusals.push(what);
    this.changed();
  }

  /** Counts something that a careful caller never does. */
  violate(what: string): void {
    this.#violations.push(what);
    this.changed();
  }

  /** Notes what wsl.exe was told to start. */
  noteLaunch(launch: Launch): void {
    this.#launches.push(launch);
    this.changed();
  }

  /** Counts a program that nobody starts, and whose caller waits. `isAgain`: as one did in vain before. */
  noteUnanswered(isAgain: boolean): void {
    this.#unansweredCount++;
    if (isAgain) this.#askedAgainCount++;
    this.changed();
  }

  /** Counts a connection that a Windows service accepted. */
  noteExposure(exposure: Exposure): void {
    this.#exposures.push(exposure);
    this.changed();
  }
}
