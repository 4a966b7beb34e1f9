import type { Listener, Program } from "../../net/listener.ts";
import type { Admission } from "../loopback/find_admission.ts";
import type { Opening } from "../claims/opening.ts";
import type { Rejection } from "./rejection.ts";
import type { Rule } from "../rules/rule.ts";

/** A listener and the program that holds it, null where it is not known. */
export interface SeenListener extends Listener {
  /** The program, as far as it is known by now. */
  readonly program: Program | null;
}

/** Why something is forwarded: it listens, or the user named its port whether or not anything listens. */
export type Origin = "listener" | "fixed-port";

/** A rule of a port that is open all the same, by other rules. */
export interface MissingRule extends Pick<Rejection, "reason" | "detail"> {
  /** The rule. */
  readonly rule: Rule;
}

/** A port of the host that should be open, and what it is for. */
export interface Forward {
  /** One for each address of the host that outsiders connect to, at least one; all of one protocol and one port. */
  readonly rules: readonly Rule[];
  /** Those of which something stands in the way, while the rest is as it should be. */
  readonly missing: readonly MissingRule[];
  /** Why. */
  readonly origin: Origin;
  /** What it leads to; null for a fixed port on which nothing listens that could be reached. */
  readonly listener: SeenListener | null;
  /** Set where that listens on 127.0.0.1, and has to be let in to before the rules are made. */
  readonly admission?: Admission;
}

/** The protocol and port of a forward on the host. */
export function hostPortOf({ rules }: Pick<Forward, "rules">): Opening & { readonly port: number } {
  return rules[0]!.listen;
}

/** What should be: at most one forward for each protocol and port of the host, and why the rest is left out. */
export interface Desired {
  /** In rising order of the port on the host. */
  readonly forwards: readonly Forward[];
  /** In rising order of the port on the host; at most one for each protocol and port in the guest. */
  readonly rejections: readonly Rejection[];
}
