import type { FirewallScope } from "../../plan/claims/opening.ts";
import type { Clock } from "../../time/clock.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { delay } from "../../time/delay.ts";
import { SleepWatch } from "../../time/sleep_watch.ts";
import { parseAdapters, SHOW_ADAPTERS } from "../../windows/network/adapters.ts";
import { answersToName, describeExposure, profilesOf } from "../../windows/network/exposure.ts";
import type { Exposure } from "../open/mode/direct_modes.ts";
import { chooseLans, type Lan } from "../../windows/network/lan_address.ts";
import { parseRoutes, PRINT_ROUTES } from "../../windows/network/routes.ts";
import { readComputerName } from "../open/read_computer_name.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";

/** How often the networks of Windows are looked at, in milliseconds: they change with Wi-Fi, dock and sleep. */
const PERIOD_MS = 60_000;

/** How often it is checked whether the machine slept, in milliseconds. */
const SLEEP_CHECK_MS = 5000;

/** powershell.exe takes a second where it is warm, and many where it is not. */
const TIMEOUT_MS = 30_000;

/** How long the address is kept back for what powershell.exe knows of it, in milliseconds. */
const IMPATIENT_MS = 2000;

/** Watches, in the background, where in the network Windows is: the address that others type, and what it thinks of it. */
export class NetworkWatch {
  readonly #programs: WindowsPrograms;
  readonly #scope: FirewallScope;
  readonly #usesIpv6: boolean;
  readonly #emit: EventSink;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #woken = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #last = "";
  /** The name that Windows has; it keeps it until it is started anew, so it is asked once where programs of Windows run. */
  #name: string | null = null;
  #isNameRead = false;

  /** `scope`: whom the firewall rules let in, to tell whether they apply. `usesIpv6`: whether anything listens by IPv6. */
  constructor(
    programs: WindowsPrograms,
    { scope, usesIpv6 }: Exposure,
    emit: EventSink,
    clock: Clock,
  ) {
    this.#programs = programs;
    this.#scope = scope;
    this.#usesIpv6 = usesIpv6;
    this.#emit = emit;
    this.#clock = clock;
  }

  /** Looks now, then now and then. */
  start(): void {
    this.#running = this.#run();
  }

  /** Looks again soon: something may be otherwise. */
  lookNow(): void {
    this.#woken.abort();
  }

  /** Resolves when nothing of it is left. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#woken = new AbortController();
      await this.#look();
      const ends = AbortSignal.any([this.#stop.signal, this.#woken.signal]);
      const dueMs = this.#clock.now() + PERIOD_MS, sleep = new SleepWatch(this.#clock);
      while (!ends.aborted && this.#clock.now() < dueMs) {
        await delay(SLEEP_CHECK_MS, { signal: ends, clock: this.#clock });
        if (sleep.hasSlept()) break;
      }
    }
  }

  async #look(): Promise<void> {
    const looked = new AbortController();
    const adaptersRead = this.#read("WindowsPowerShell/v1.0/powershell.exe", SHOW_ADAPTERS, parseAdapters)
      .finally(() => looked.abort());
    const nameRead = this.#readName();
    const routes = await this.#read("route.exe", PRINT_ROUTES, parseRoutes);
    if (routes !== null && this.#last === "") {
      // Where powershell.exe takes its time, the first address is worth more at once than the best one later.
      await delay(IMPATIENT_MS, { signal: looked.signal, clock: this.#clock });
      if (!looked.signal.aborted) this.#tell(chooseLans(routes, null), null);
    }
    const adapters = await adaptersRead;
    await nameRead;
    this.#isNameRead ||= adapters !== null;
    const lans = routes === null ? null : chooseLans(routes, adapters);
    this.#tell(lans, describeExposure(adapters === null ? null : lans, this.#scope));
  }

  #tell(lans: readonly Lan[] | null, warning: string | null): void {
    const four = (lans ?? []).map(({ address }) => address);
    const six = this.#usesIpv6 ? (lans ?? []).flatMap(({ ipv6 }) => ipv6 ?? []) : [];
    const lanAddresses = [...four, ...six], [lanAddress = null] = four, [lanIpv6 = null] = six;
    const profiles = lans === null || lans.some(({ index }) => index === null) ? null : profilesOf(lans);
    const lanName = profiles === null || !answersToName(profiles) ? null : this.#name;
    const now = JSON.stringify([lanAddresses, lanName, profiles, warning]);
    if (this.#stop.signal.aborted || now === this.#last) return;
    this.#last = now;
    this.#emit({ type: "network", lanAddress, lanIpv6, lanAddresses, lanName, profiles, warning });
  }

  async #readName(): Promise<void> {
    if (!this.#isNameRead) this.#name = await readComputerName(this.#programs, this.#stop.signal);
  }

  /** Null where it cannot be read: nothing depends on it but what the user is told. */
  async #read<T>(program: string, args: readonly string[], parse: (output: string) => T): Promise<T | null> {
    try {
      const result = await this.#programs.run(program, args, TIMEOUT_MS, this.#stop.signal);
      return result.exitCode === 0 ? parse(decodeOutput(result.stdout)) : null;
    } catch {
      return null;
    }
  }
}
