import { ANY_IPV4, ANY_IPV6 } from "../../net/address.ts";
import { familyOf } from "../../net/address.ts";
import { namesOf, type Program } from "../../net/listener.ts";
import { PortSet } from "../../net/port_set.ts";
import type { FirewallScope } from "../claims/opening.ts";
import { type LoopbackPolicy, needsNamesForLoopback, NO_LOOPBACK } from "../loopback/loopback_policy.ts";

/** A port on Windows that leads to another port in the guest. */
export interface PortMap {
  /** 1 to 65535. */
  readonly hostPort: number;
  /** 1 to 65535. */
  readonly guestPort: number;
}

/** What the user wants to be reachable, and by whom. */
export interface Policy {
  /**
   * How outsiders get in: `forwarded` by Windows, or `direct`, where the guest is on Windows' own addresses (mirrored mode).
   * That is not for the user to choose: it follows from the networking mode.
   */
  readonly reach: "forwarded" | "direct";
  /** Where it is direct: the guest's other addresses that Windows has, too. Left out for none. */
  readonly beside?: readonly string[];
  /**
   * Where it is direct: ports that a program of Windows can have although a program of the guest has them, too. Left out for
   * none: a port has one owner then.
   */
  readonly sharedPorts?: PortSet;
  /** Addresses of Windows that outsiders connect to, canonical text of either family; at least one. */
  readonly listenAddresses: readonly string[];
  /** Whom the firewall lets in. */
  readonly scope: FirewallScope;
  /** Program names that may be reached; with any in it, everything else may not. */
  readonly allowPrograms: readonly string[];
  /** Program names that may not be reached, unless they are allowed too. */
  readonly denyPrograms: readonly string[];
  /** Guest ports that may be reached whatever program listens; with any in it, everything else may not. */
  readonly allowPorts: PortSet;
  /** Guest ports that may not be reached, unless they are allowed too. */
  readonly denyPorts: PortSet;
  /** Guest ports that the user opened or closed while wslfwd runs; that comes before everything else (but
   * on 127.0.0.1 what runs code for whoever connects stays closed). */
  readonly byHand?: ReadonlyMap<number, "open" | "closed">;
  /** Ports that are forwarded whether or not anything listens on them. */
  readonly fixedPorts: PortSet;
  /** The same by UDP. */
  readonly fixedUdpPorts: PortSet;
  /** Guest ports that appear on Windows under another number. */
  readonly portMaps: readonly PortMap[];
  /** Services on 127.0.0.1 that may be reached, too. */
  readonly loopback: LoopbackPolicy;
}

/** Private networks, the local subnet, every program: what holds where the user says nothing else. */
export const DEFAULT_POLICY: Policy = {
  reach: "forwarded",
  listenAddresses: [ANY_IPV4, ANY_IPV6],
  scope: { profiles: ["private", "domain"], remoteIps: ["localsubnet"] },
  allowPrograms: [],
  denyPrograms: [],
  allowPorts: PortSet.EMPTY,
  denyPorts: PortSet.EMPTY,
  fixedPorts: PortSet.EMPTY,
  fixedUdpPorts: PortSet.EMPTY,
  portMaps: [],
  loopback: NO_LOOPBACK,
};

/** Whether anything is to listen on the host by IPv6. */
export function listensByIpv6({ listenAddresses }: Pick<Policy, "listenAddresses">): boolean {
  return listenAddresses.some((address) => familyOf(address) === 6);
}

/** Names that stand for "a program whose name cannot be seen": ours, and the one that the predecessor shows. */
export const UNKNOWN_PROGRAM_NAMES: readonly string[] = ["unknown", "Hidden"];

/** Whether the policy can only be decided once the programs' names are known. */
export function needsProgramNames(policy: Policy): boolean {
  return listsPrograms(policy) || needsNamesForLoopback(policy.loopback);
}

function listsPrograms(policy: Policy): boolean {
  return policy.allowPrograms.length > 0 || policy.denyPrograms.length > 0;
}

/** What the policy says of a listener: null where it may be reached, else the reason. */
export function judge(
  policy: Policy,
  port: number,
  program: Program | null,
): "closed" | "port" | "program" | "unlisted" | null {
  const hand = policy.byHand?.get(port);
  if (hand !== undefined) return hand === "open" ? null : "closed";
  if (policy.allowPorts.has(port)) return null;
  if (policy.denyPorts.has(port)) return "port";
  if (policy.portMaps.some((map) => map.guestPort === port)) return null;
  const names = program === null ? UNKNOWN_PROGRAM_NAMES : namesOf(program);
  if (names.some((name) => policy.allowPrograms.includes(name))) return null;
  // Someone who lists programs wants to know what is opened: a program that cannot be named is not in any list.
  if (listsPrograms(policy) && program === null) return "program";
  if (names.some((name) => policy.denyPrograms.includes(name))) return "program";
  return policy.allowPrograms.length > 0 || !policy.allowPorts.isEmpty ? "unlisted" : null;
}

/** Whether a listener is disallowed, allowed or not: null where it is not. A program that cannot be seen may be one that is. */
export function judgeDenied(
  policy: Policy,
  port: number,
  program: Program | null,
): "port" | "program" | null {
  if (policy.denyPorts.has(port)) return "port";
  if (policy.denyPrograms.length === 0) return null;
  const isDenied = program === null ||
    namesOf(program).some((name) => policy.denyPrograms.includes(name));
  return isDenied ? "program" : null;
}
