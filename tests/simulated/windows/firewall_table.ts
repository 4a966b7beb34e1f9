import type { FirewallRule } from "./model.ts";

/** A firewall rule as Windows keeps it. */
export interface StoredRule extends FirewallRule {
  /** What the registry names it by. */
  readonly guid: string;
}

/** The rules of the firewall. Several can have the same name, which counts without regard to case. */
export class FirewallTable {
  readonly #rules = new Set<StoredRule>();
  /** By name: netsh deletes by nothing else, and there can be tens of thousands. */
  readonly #byName = new Map<string, Set<StoredRule>>();

  /** All, in the order in which they were made. */
  get rules(): StoredRule[] {
    return [...this.#rules];
  }

  /** Those of a name. */
  named(name: string): StoredRule[] {
    return [...this.#byName.get(name.toLowerCase()) ?? []];
  }

  /** Adds a rule; one that is there already is there twice then. */
  add(rule: FirewallRule): void {
    const stored = { ...rule, guid: `{${crypto.randomUUID().toUpperCase()}}` };
    this.#rules.add(stored);
    const key = rule.name.toLowerCase();
    this.#byName.set(key, (this.#byName.get(key) ?? new Set()).add(stored));
  }

  /** Deletes one. */
  delete(rule: StoredRule): void {
    this.#rules.delete(rule);
    const key = rule.name.toLowerCase(), named = this.#byName.get(key);
    named?.delete(rule);
    if (named?.size === 0) this.#byName.delete(key);
  }
}
