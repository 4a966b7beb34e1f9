import type { Family } from "../../net/address.ts";
import type { Endpoint, Protocol } from "../../net/endpoint.ts";
import { PortSet } from "../../net/port_set.ts";
import type { Ability } from "../rules/ability.ts";
import type { Entry } from "../rules/entry.ts";
import type { UnreadRow } from "../rules/unread_row.ts";

/** A port that a program of Windows itself has. */
export interface HostListener extends Endpoint {
  /** Windows process id. */
  readonly pid: number;
}

/** Ports, protocol by protocol and family by family. */
export type PortsByFamily = Readonly<Record<Protocol, Readonly<Record<Family, PortSet>>>>;

const NONE: Readonly<Record<Family, PortSet>> = { 4: PortSet.EMPTY, 6: PortSet.EMPTY };

/** No port of any protocol. */
export const NO_PORTS: PortsByFamily = { tcp: NONE, udp: NONE };

/** What the host can do, and what it holds that is not ours, as far as a port cannot be forwarded because of it. */
export interface HostView {
  /** What can carry rules, the best first. */
  readonly abilities: readonly Ability[];
  /** What will carry more in a moment, or tell why it cannot; left out where nothing does. */
  readonly coming?: readonly Ability[];
  /** Entries without a claim of ours. */
  readonly foreign: readonly Entry[];
  /** Rows of the tables that cannot be understood: somebody else's. */
  readonly unread: readonly UnreadRow[];
  /** What Windows' own programs have; nothing of what forwards for us. */
  readonly taken: readonly HostListener[];
  /** Ports that Windows lets nobody have. */
  readonly excluded: PortsByFamily;
}
