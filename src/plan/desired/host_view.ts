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

/** Ports, protocol by protocol. */
export type PortsByProtocol = Readonly<Record<Protocol, PortSet>>;

/** No port of any protocol. */
export const NO_PORTS: PortsByProtocol = { tcp: PortSet.EMPTY, udp: PortSet.EMPTY };

/** What the host can do, and what it holds that is not ours, as far as a port cannot be forwarded because of it. */
export interface HostView {
  /** What can carry rules, the best first. */
  readonly abilities: readonly Ability[];
  /** Entries without a claim of ours. */
  readonly foreign: readonly Entry[];
  /** Rows of the tables that cannot be understood: somebody else's. */
  readonly unread: readonly UnreadRow[];
  /** What Windows' own programs have; nothing of what forwards for us. */
  readonly taken: readonly HostListener[];
  /** Ports that Windows lets nobody have. */
  readonly excluded: PortsByProtocol;
}
