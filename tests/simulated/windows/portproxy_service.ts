/** Portproxy on this Windows: the tables in the registry, and IP Helper, which listens for what it has read there. */
import type { PortproxyEntry, ShownEntry } from "./model.ts";
import { keyOf, PortproxyTable } from "./portproxy.ts";
import { IpHelper } from "./sockets.ts";
import type { SimulatedWindows } from "./windows.ts";

/** netsh changes a table and tells IP Helper; who only writes to the registry does not tell it. */
export class PortproxyService {
  /** IP Helper's process id; another after each start. */
  pid = 3456;
  readonly #table = new PortproxyTable();
  readonly #machine: SimulatedWindows;
  readonly #ipHelper: IpHelper;

  /** `machine`: whose switches and firewall count. */
  constructor(machine: SimulatedWindows) {
    this.#machine = machine;
    this.#ipHelper = new IpHelper(machine);
  }

  /** What the registry holds. */
  get entries(): PortproxyEntry[] {
    return this.#table.entries;
  }

  /** The same, and for which of them IP Helper listens. */
  get shown(): ShownEntry[] {
    return this.entries.map((entry) => ({ ...entry, isListening: this.#ipHelper.isListening(keyOf(entry)) }));
  }

  /** Where IP Helper listens. */
  get endpoints(): { address: string; port: number; pid: number }[] {
    return this.#ipHelper.endpoints.map((endpoint) => ({ ...endpoint, pid: this.pid }));
  }

  /** Whether there is an entry with this key. */
  has(key: string): boolean {
    return this.#table.has(key);
  }

  /** Makes or overwrites an entry; IP Helper listens for it where it runs. */
  put(entry: PortproxyEntry): void {
    this.write(entry);
    this.#listen(entry);
  }

  /** Deletes an entry; whether there was one. */
  delete(key: string): boolean {
    this.#ipHelper.close(key);
    return this.erase(key);
  }

  /** Writes an entry to the registry alone. */
  write(entry: PortproxyEntry): void {
    this.#table.set(entry);
  }

  /** Deletes an entry from the registry alone; whether there was one. */
  erase(key: string): boolean {
    return this.#table.delete(key);
  }

  /** IP Helper is told to read the registry again (SERVICE_CONTROL_PARAMCHANGE). Resolves when it has. */
  async readAgain(): Promise<void> {
    if (!this.#machine.switches.followsRegistry) return;
    this.#ipHelper.closeBut(new Set(this.entries.map(keyOf)));
    await Promise.all(this.entries.map((entry) => this.#listen(entry)));
  }

  /** IP Helper stops, and starts again where it is to run. */
  restart(): void {
    this.#ipHelper.stop();
    this.pid += 4;
    for (const entry of this.entries) this.#listen(entry);
  }

  async #listen(entry: PortproxyEntry): Promise<void> {
    if (this.#machine.switches.ipHelper !== "running") return;
    await this.#ipHelper.open(entry);
    this.#machine.changed();
  }
}
