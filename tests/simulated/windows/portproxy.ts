import type { PortproxyEntry } from "./model.ts";

/** The table under HKLM\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp: one entry for each listen side. */
export class PortproxyTable {
  readonly #entries = new Map<string, PortproxyEntry>();

  /** The entries, in the order in which their keys were first made. */
  get entries(): PortproxyEntry[] {
    return [...this.#entries.values()];
  }

  /** Whether there is an entry with the same listen side. `*` and `0.0.0.0` are two. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Makes or overwrites an entry. */
  set(entry: PortproxyEntry): void {
    this.#entries.set(keyOf(entry), entry);
  }

  /** Deletes an entry; whether there was one. */
  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** Deletes all. */
  clear(): void {
    this.#entries.clear();
  }
}

/** What an entry is told apart by: its listen side, as the registry writes it. */
export function keyOf(entry: Pick<PortproxyEntry, "listenAddress" | "listenPort">): string {
  return `${entry.listenAddress}/${entry.listenPort}`;
}
