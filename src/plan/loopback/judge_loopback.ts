import { namesOf, type Program } from "../../net/listener.ts";
import { findHeldBackPort } from "../held_back/held_back_ports.ts";
import { findHeldBackProgram } from "../held_back/held_back_programs.ts";
import type { LoopbackChoice, LoopbackPolicy } from "./loopback_policy.ts";

/** Why a service on 127.0.0.1 is not opened. `detail`: what is held back, in a phrase; empty where the reason says all. */
export interface LoopbackRefusal {
  /** See plan/rejection.ts. */
  readonly reason: "loopback" | "loopback-held" | "loopback-code";
  /** For a person. */
  readonly detail: string;
}

/**
 * Whether the user wants a service on 127.0.0.1 to be opened: null where so. `program`: null where it cannot be seen. What else a
 * policy says (`--disallow`) is judged elsewhere, and wins.
 *
 * | the port was                            | and                                         | result            |
 * | --------------------------------------- | ------------------------------------------- | ----------------- |
 * | named by itself, for any or this program | runs code for whoever connects, and was not named twice | `loopback-code` |
 * | named by itself, for any or this program | else                                       | opened            |
 * | within a range or by a program's name    | is held back, or ephemeral, or a tunnel's   | `loopback-held`   |
 * | within a range or by a program's name    | the program cannot be seen                  | `loopback-held`   |
 * | within a range or by a program's name    | else                                        | opened            |
 * | not named                                |                                             | `loopback`        |
 */
export function judgeLoopback(
  policy: LoopbackPolicy,
  port: number,
  program: Program | null,
): LoopbackRefusal | null {
  const names = namesOf(program);
  const meant = policy.choices.filter((choice) => isFor(choice, names));
  const held = findHeldBackPort(port);
  if (meant.some(({ ports }) => ports.has(port))) {
    if (held?.kind !== "code" || policy.codePorts.has(port)) return null;
    return { reason: "loopback-code", detail: held.what };
  }
  if (!meant.some(({ ranges }) => ranges.has(port))) return { reason: "loopback", detail: "" };
  if (held !== null) return { reason: "loopback-held", detail: held.what };
  if (policy.ephemeralPorts.has(port)) {
    return { reason: "loopback-held", detail: "a port of the kernel's choice" };
  }
  if (program === null) return { reason: "loopback-held", detail: "its program cannot be seen" };
  const why = findHeldBackProgram(names, program.executable ?? null);
  return why === null ? null : { reason: "loopback-held", detail: why };
}

function isFor({ program }: LoopbackChoice, names: readonly string[]): boolean {
  return program === null || names.includes(program);
}
