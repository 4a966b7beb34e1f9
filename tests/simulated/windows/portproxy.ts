import type { PortproxyEntry, PortproxyFamilies } from "./model.ts";

/** The tables under HKLM\SYSTEM\CurrentControlSet\Services\PortProxy: one entry for each listen side of each. */
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

/** What an entry is told apart by: its table, and its listen side as the registry writes it. */
export function keyOf(
  entry: Pick<PortproxyEntry, "families" | "listenAddress" | "listenPort">,
): string {
  return `${familiesOf(entry)} ${entry.listenAddress}/${entry.listenPort}`;
}

/** The table that an entry is in. */
export function familiesOf({ families }: Pick<PortproxyEntry, "families">): PortproxyFamilies {
  return families ?? "v4tov4";
}

/** The four tables, in the order in which netsh shows them (assumed). */
export const ALL_FAMILIES: readonly PortproxyFamilies[] = ["v4tov4", "v4tov6", "v6tov4", "v6tov6"];
