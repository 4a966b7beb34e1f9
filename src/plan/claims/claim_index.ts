import { PortTable } from "../../net/port_table.ts";
import { type Entry, entryOf, type Place, sameEntry } from "../rules/entry.ts";
import type { Rule } from "../rules/rule.ts";
import { type HeldClaim, openingOf, sameRules } from "./claim.ts";

/** Claims, found by what they name. A value: it never changes once it is made. */
export class ClaimIndex implements Iterable<Entry> {
  readonly #byPort: PortTable<readonly HeldClaim[]>;

  private constructor(byPort: PortTable<readonly HeldClaim[]>) {
    this.#byPort = byPort;
  }

  /** The index of these. Two can have one name. */
  static of(claims: Iterable<HeldClaim>): ClaimIndex {
    const byPort = new PortTable<readonly HeldClaim[]>();
    addClaims(byPort, claims);
    return new ClaimIndex(byPort);
  }

  /** How many entries they name: one that two claims name counts once. */
  get size(): number {
    return [...this].length;
  }

  /** Whether a claim names all words of an entry: then that is ours. */
  has({ listen, connect }: Entry): boolean {
    return this.#names(listen, connect);
  }

  /** Whether a claim names the entry of a rule; false for a direct one, which has none. */
  hasEntryOf({ listen, target }: Rule): boolean {
    return target.kind === "proxy" && this.#names(listen, target.to);
  }

  /** Whether one with this name says the same: somebody may have edited the description of one. */
  holds(wanted: HeldClaim): boolean {
    const there = this.#byPort.get(openingOf(wanted)) ?? [];
    return there.some(({ name, rules }) => name === wanted.name && sameRules(rules, wanted.rules));
  }

  /** One with these besides, then without any that has the name of one of `removed`. */
  with(added: readonly HeldClaim[], removed: readonly HeldClaim[]): ClaimIndex {
    const byPort = this.#byPort.copy();
    addClaims(byPort, added);
    for (const claim of removed) {
      const at = openingOf(claim), left = byPort.get(at)?.filter(({ name }) => name !== claim.name) ?? [];
      if (left.length > 0) byPort.set(at, left);
      else byPort.delete(at);
    }
    return new ClaimIndex(byPort);
  }

  /** The entries that they name, port by port, each once. */
  *[Symbol.iterator](): IterableIterator<Entry> {
    for (const claims of this.#byPort) {
      const entries = claims.flatMap(({ rules }) => rules.flatMap((rule) => entryOf(rule) ?? []));
      yield* entries.filter((entry, i) => entries.findIndex((other) => sameEntry(other, entry)) === i);
    }
  }

  #names(listen: Place, connect: Place): boolean {
    const { protocol, port } = listen;
    if (typeof port === "string") return false;
    for (const { rules } of this.#byPort.get({ protocol, port }) ?? NONE) {
      for (const rule of rules) if (leads(rule, listen, connect)) return true;
    }
    return false;
  }
}

const NONE: readonly HeldClaim[] = [];

function addClaims(byPort: PortTable<readonly HeldClaim[]>, claims: Iterable<HeldClaim>): void {
  for (const claim of claims) {
    const at = openingOf(claim), there = byPort.get(at);
    byPort.set(at, there === undefined ? [claim] : [...there, claim]);
  }
}

function leads({ listen, target }: Rule, from: Place, to: Place): boolean {
  return target.kind === "proxy" && sameEntry({ listen, connect: target.to }, { listen: from, connect: to });
}

/** Indexes that were made, by their claims, and for as long as these live. */
const INDEXES = new WeakMap<readonly HeldClaim[], ClaimIndex>();

/** The entries that these claims name: those are ours. Nobody changes the list any more; the index of it is made once. */
export function claimedEntries(claims: readonly HeldClaim[]): ClaimIndex {
  let index = INDEXES.get(claims);
  if (index === undefined) INDEXES.set(claims, index = ClaimIndex.of(claims));
  return index;
}

/** A list with `added` at its end, then without what has the name of one of `removed`; its index comes from the earlier one's. */
export function changeClaims(
  claims: readonly HeldClaim[],
  added: readonly HeldClaim[],
  removed: readonly HeldClaim[],
): readonly HeldClaim[] {
  if (added.length === 0 && removed.length === 0) return claims;
  const names = new Set(removed.map(({ name }) => name));
  const changed = [...claims, ...added].filter(({ name }) => !names.has(name));
  INDEXES.set(changed, claimedEntries(claims).with(added, removed));
  return changed;
}
