import type { Family } from "../../net/address.ts";
import type { Protocol } from "../../net/endpoint.ts";
import type { Rule } from "./rule.ts";

/** One side of an entry: an endpoint, or words that others put where an endpoint should be. */
export interface Place {
  /** What it speaks. */
  readonly protocol: Protocol;
  /** The family that the host takes it for. */
  readonly family: Family;
  /** An address, a host name, `*`. Hostile text unless it was parsed. */
  readonly address: string;
  /** A port, or the words that stand where one should be (`30000-50000`, `http`, `080`). */
  readonly port: number | string;
}

/**
 * One row of what the host passes on, word by word as the host shows it. Rows that other people made can hold anything,
 * since the host checks nothing.
 */
export interface Entry {
  /** Where it takes connections. */
  readonly listen: Place;
  /** Where it passes them on to. */
  readonly connect: Place;
}

/** The entry that a rule becomes; null for one without (direct). */
export function entryOf({ listen, target }: Rule): Entry | null {
  return target.kind === "proxy" ? { listen, connect: target.to } : null;
}

/** The rule that makes an entry; null where its words are not a rule's. */
export function ruleOf({ listen, connect }: Entry): Rule | null {
  if (typeof listen.port === "string" || typeof connect.port === "string") return null;
  return {
    listen: { ...listen, port: listen.port },
    target: { kind: "proxy", to: { ...connect, port: connect.port } },
  };
}

/** Whether both stand on one row of one table of the host. `*` and `0.0.0.0` are two rows. */
export function sameKey(a: Entry, b: Entry): boolean {
  return a.listen.port === b.listen.port && a.listen.address === b.listen.address &&
    a.listen.family === b.listen.family && a.connect.family === b.connect.family &&
    a.listen.protocol === b.listen.protocol;
}

/** Whether all words are the same. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return sameKey(a, b) && a.connect.address === b.connect.address && a.connect.port === b.connect.port;
}

/** What {@link sameKey} compares, as text. */
export function entryKey({ listen, connect }: Entry): string {
  return `${listen.protocol} ${listen.family}>${connect.family} ${formatPlace(listen)}`;
}

/** `0.0.0.0:3000 -> 172.23.21.232:3000`. The words of a foreign entry are hostile: escape before showing. */
export function formatEntry({ listen, connect }: Entry): string {
  return `${formatPlace(listen)} -> ${formatPlace(connect)}`;
}

/** `0.0.0.0:3000`, `[::]:3000`, `nas.local:http`. Hostile like its words. */
export function formatPlace({ address, port }: Place): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
