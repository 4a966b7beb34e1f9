import type { FirewallScope, Profile } from "../../plan/opening.ts";
import type { Clock } from "../../time/clock.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { delay } from "../../time/delay.ts";
import { SleepWatch } from "../../time/sleep_watch.ts";
import { parseLanAddress, PRINT_ROUTES } from "../../windows/network/lan_address.ts";
import { GET_NETWORK_CATEGORY, parseNetworkProfiles } from "../../windows/network/network_profile.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";

/** How often the networks of Windows are looked at, in milliseconds: they change with Wi-Fi, dock and sleep. */
const PERIOD_MS = 60_000;

/** How often it is checked whether the machine slept, in milliseconds. */
const SLEEP_CHECK_MS = 5000;

/** powershell.exe takes a second where it is warm, and many where it is not. */
const TIMEOUT_MS = 30_000;

/** Watches, in the background, where in the network Windows is: the address that others type, and what it thinks of it. */
export class NetworkWatch {
  readonly #programs: WindowsPrograms;
  readonly #scope: FirewallScope;
  readonly #emit: EventSink;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #last = "";

  /** `scope`: whom the firewall rules let in, to tell whether they apply. */
  constructor(programs: WindowsPrograms, scope: FirewallScope, emit: EventSink, clock: Clock) {
    this.#programs = programs;
    this.#scope = scope;
    this.#emit = emit;
    this.#clock = clock;
  }

  /** Looks now, then now and then. */
  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when nothing of it is left. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#look();
      const dueMs = this.#clock.now() + PERIOD_MS, sleep = new SleepWatch(this.#clock);
      while (!this.#stop.signal.aborted && this.#clock.now() < dueMs) {
        await delay(SLEEP_CHECK_MS, { signal: this.#stop.signal, clock: this.#clock });
        if (sleep.hasSlept()) break;
      }
    }
  }

  async #look(): Promise<void> {
    const [lanAddress, profiles] = await Promise.all([
      this.#read("route.exe", PRINT_ROUTES, parseLanAddress),
      this.#read("WindowsPowerShell/v1.0/powershell.exe", GET_NETWORK_CATEGORY, parseNetworkProfiles),
    ]);
    if (this.#stop.signal.aborted) return;
    const warning = describeExposure(profiles, this.#scope);
    const now = JSON.stringify([lanAddress, profiles]);
    if (now === this.#last) return;
    this.#last = now;
    this.#emit({ type: "network", lanAddress, profiles, warning });
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

/** What the user should know of networks in which the rules do not apply; null where they apply in all. */
export function describeExposure(profiles: readonly Profile[] | null, scope: FirewallScope): string | null {
  if (scope.profiles === "any" || scope.profiles.includes("public")) return null;
  if (profiles === null) {
    return "cannot tell whether Windows takes this network for Public; there, nothing is reachable without --profile any";
  }
  if (!profiles.includes("public")) return null;
  return "Windows takes this network for Public, so nothing is reachable from it; make it Private in Windows' " +
    "settings, or allow Public networks by --profile any";
}
