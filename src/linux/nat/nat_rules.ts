import { ipv4Number } from "../../net/address.ts";
import type { Protocol } from "../../net/endpoint.ts";
import type { PortSet } from "../../net/port_set.ts";

/**
 * What the tables of NAT say, whatever wrote them: iptables or nft. Conditions that always hold for a connection from Windows
 * are left out by whoever reads a table; one that is not understood is `never`, so that its rule is passed over.
 */
export type Condition =
  /** What the connection speaks. */
  | { readonly kind: "protocol"; readonly protocols: readonly Protocol[] }
  /** Which port of the guest it is to. */
  | { readonly kind: "ports"; readonly ports: PortSet }
  /** Which address of the guest it is to. */
  | { readonly kind: "destination"; readonly nets: readonly Net[]; readonly isNot: boolean }
  /** Where it comes from. */
  | { readonly kind: "source"; readonly nets: readonly Net[]; readonly isNot: boolean }
  /** Which interface it comes in by. A name that ends in `+` or `*` is the beginning of one. */
  | { readonly kind: "interface"; readonly names: readonly string[]; readonly isNot: boolean }
  /** Nothing is known of it. */
  | { readonly kind: "never" };

/** Nothing is known of it. */
export const NEVER: Condition = { kind: "never" };

/** The addresses that have their first bits in common with an IPv4 address. */
export interface Net {
  /** Canonical IPv4. */
  readonly address: string;
  /** 0 to 32. */
  readonly prefixLength: number;
}

/** What a rule does with what it is about. */
export type Action =
  /** Goes on in another chain, and comes back from there. */
  | { readonly kind: "jump"; readonly chain: string }
  /** The same, and does not come back. */
  | { readonly kind: "goto"; readonly chain: string }
  /** Back to the chain before. */
  | { readonly kind: "return" }
  /** Leaves the port as it is. */
  | { readonly kind: "end" }
  /** Leads it on. `address` null: the guest's own. `port` null: the same. Canonical text; of which family the rule's table is. */
  | { readonly kind: "lead"; readonly address: string | null; readonly port: number | null }
  /** Nothing that matters here. */
  | { readonly kind: "none" };

/** A line of a chain. */
export interface NatRule {
  /** All of them have to hold. */
  readonly conditions: readonly Condition[];
  /** What follows. */
  readonly action: Action;
  /** What its maker wrote beside it; empty where nothing. Hostile text. */
  readonly comment: string;
  /** The map that it stands in; empty where in none. Hostile text. */
  readonly map?: string;
}

/** A table of rules. */
export interface NatTable {
  /** Its name. Hostile text. */
  readonly name: string;
  /** The chains that every connection from outside goes through before it is known where it leads, in order. */
  readonly starts: readonly string[];
  /** Each chain by its name. */
  readonly chains: ReadonlyMap<string, readonly NatRule[]>;
}

/** Reads `10.0.0.0/8` or `10.0.0.1`; null for anything else. */
export function parseNet(text: string): Net | null {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return null;
  const prefixLength = Number(match[2] ?? 32);
  return prefixLength <= 32 ? { address: match[1]!, prefixLength } : null;
}

/** Whether an address is among them. Canonical IPv4. */
export function isWithin(address: string, { address: first, prefixLength }: Net): boolean {
  const bits = 32 - prefixLength;
  return Math.floor(ipv4Number(address) / 2 ** bits) === Math.floor(ipv4Number(first) / 2 ** bits);
}
