import type { Protocol } from "../../net/endpoint.ts";
import { namesOf, type Program } from "../../net/listener.ts";
import type { Policy } from "../desired/policy.ts";
import { findHeldBackPort, isOneOf } from "./held_back_ports.ts";
import { findUnguardedProgram } from "./held_back_programs.ts";

/** A listener that others can reach and that is not to be opened unless somebody means it. */
export interface Exposed {
  /** What it speaks. */
  readonly protocol: Protocol;
  /** In the guest. */
  readonly port: number;
  /** Null where it cannot be seen. */
  readonly program: Program | null;
}

/**
 * What a listener hands to whoever connects without a password, in a phrase; null where it may be opened. To be asked of what
 * listens on other addresses than 127.0.0.1 and is allowed by the policy. All of it is TCP's.
 *
 * | what listens                                       | is meant, and so opened, by                                   |
 * | -------------------------------------------------- | ------------------------------------------------------------- |
 * | on a port of the table, whatever the program       | that port by itself (`--allow-port`, `--only`, `--map`), by hand |
 * | on an everyday port of the table, with its program | the same                                                      |
 * | a program of the table, on whatever port           | the same; `--allow` with its name                             |
 */
export function judgeHeldBack(policy: Policy, { protocol, port, program }: Exposed): string | null {
  if (protocol !== "tcp" || isMeant(policy, port)) return null;
  const names = namesOf(program), unguarded = findUnguardedProgram(names);
  if (unguarded !== null) {
    return policy.allowPrograms.includes(unguarded.name) ? null : unguarded.what;
  }
  const held = findHeldBackPort(port);
  if (held === null || !held.isUnguarded) return null;
  return isOneOf(held, names) ? held.what : null;
}

/** Whether only the program tells whether a port is held back: what a kernel event says of its name may not be all of it. */
export function needsProgramToHold(port: number): boolean {
  const held = findHeldBackPort(port);
  return held !== null && held.isUnguarded && held.programs !== null;
}

/** A range does not mean each port in it. */
function isMeant({ byHand, allowPorts, portMaps }: Policy, port: number): boolean {
  return byHand?.get(port) === "open" || allowPorts.names(port) ||
    portMaps.some(({ guestPort }) => guestPort === port);
}
