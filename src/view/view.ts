import type { Mode } from "../config/settings.ts";
import { openingKey } from "../plan/claims/opening.ts";
import type { MissingRule } from "../plan/desired/forward.ts";
import type { Rejection } from "../plan/desired/rejection.ts";
import type { Rule } from "../plan/rules/rule.ts";

/**
 * Whether others in the network get there. `reachable`: Windows holds the rule, and nothing that wslfwd knows of stands
 * before it. `blocked`: Windows holds the rule, and something else keeps others out. `closing`: its removal is under way.
 */
export type ForwardState = "reachable" | "blocked" | "closing";

/** A port that Windows holds a rule for, as it is shown. */
export interface Forward {
  /** The program's name; null where it cannot be seen, or nothing listens. Hostile text. */
  readonly program: string | null;
  /** Its process id in this distro; null where it is not known. */
  readonly pid: number | null;
  /** The folder that the program works in, or its container; null where it cannot be seen. Hostile text. */
  readonly folder: string | null;
  /** The rule that Windows holds. */
  readonly rule: Rule;
  /** The other rules of the same port: one for each further address of Windows. */
  readonly beside: readonly Rule[];
  /** The rules of the port that something stands in the way of. */
  readonly missing: readonly MissingRule[];
  /** The address of Windows that others in the network type; null where it is not known. */
  readonly lanAddress: string | null;
  /** The IPv6 address that they may type as well; null where the port is not open by IPv6, or none is known. */
  readonly lanIpv6: string | null;
  /** Whether others get there. */
  readonly state: ForwardState;
  /** When the rule was made: milliseconds since 1970. */
  readonly sinceMs: number;
  /** Whether the program listens on 127.0.0.1 only, and wslfwd lets Windows in to it. */
  readonly isLoopback: boolean;
  /** What else is to be said of it, such as `fixed port`; empty for nothing. Hostile text. */
  readonly note: string;
}

/** Something that the user should know and that lasts: an error, a Public network. */
export interface Notice {
  /** `error`: something does not work; `warning`: something is not as asked. */
  readonly level: "error" | "warning";
  /** One line. Hostile text. */
  readonly text: string;
  /** How often it was said; 1 or more. */
  readonly count: number;
}

/** Windows was asked, and has not answered yet. */
export interface Asked {
  /** Since when: milliseconds since 1970. */
  readonly sinceMs: number;
  /** The ports that it opens, lowest first; with `closing` empty, too, where it is only asked what it holds. */
  readonly opening: readonly number[];
  /** The ports that it closes, lowest first. */
  readonly closing: readonly number[];
}

/** Everything that there is to show. */
export interface View {
  /** What tells of listeners: `bpftrace`, `builtin`, `netlink`, `procfs`. */
  readonly engine: string;
  /** Follows, or looks once. */
  readonly mode: Mode;
  /** The address on Windows that is listened on. */
  readonly listenAddress: string;
  /** The address of Windows that others in the network type; null where it is not known. */
  readonly lanAddress: string | null;
  /** The name that Windows answers to in that network, `desktop-abc.local`; null where it does not. */
  readonly lanName: string | null;
  /** The IPv6 address of Windows that they may type as well; null where none is known. */
  readonly lanIpv6: string | null;
  /** What Windows holds rules for: newest first, of one time the lowest port first. */
  readonly forwards: readonly Forward[];
  /** What keeps others from every one of them, in a few words; null for nothing. */
  readonly blockedBy: string | null;
  /** What is not forwarded, lowest port first. */
  readonly rejections: readonly Rejection[];
  /** What Windows is asked at the moment; null for nothing. */
  readonly asked: Asked | null;
  /** When wslfwd was told to end: milliseconds since 1970; null while it was not. */
  readonly endingSinceMs: number | null;
  /** What lasts, worst first. */
  readonly notices: readonly Notice[];
  /** Whether the rules stay at the end (`--no-cleanup`). */
  readonly keepsRules: boolean;
}

/** One for each protocol and port, in the same order: a port can be open by several rules, one for each address of Windows. */
export function distinctPorts(forwards: readonly Forward[]): Forward[] {
  const seen = new Map<string, Forward>();
  for (const forward of forwards) {
    const key = openingKey(forward.rule.listen);
    if (!seen.has(key)) seen.set(key, forward);
  }
  return [...seen.values()];
}
