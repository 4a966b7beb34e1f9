import type { Mode } from "../config/settings.ts";
import type { Rejection } from "../plan/rejection.ts";
import type { Rule } from "../plan/rule.ts";

/** A forwarded port, as it is shown. */
export interface Forward {
  /** The program's name; null where it cannot be seen, or nothing listens. Hostile text. */
  readonly program: string | null;
  /** Its process id in this distro; null where it is not known. */
  readonly pid: number | null;
  /** The entry that Windows holds. */
  readonly rule: Rule;
  /** The address of Windows that others in the network type; null where it is not known. */
  readonly lanAddress: string | null;
  /** When the rule was made: milliseconds since 1970. */
  readonly sinceMs: number;
  /** What else is to be said of it, such as `fixed port` or `Public network`; empty for nothing. Hostile text. */
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

/** Everything that the screen shows. */
export interface View {
  /** What tells of listeners: `bpftrace`, `builtin`, `netlink`, `procfs`. */
  readonly engine: string;
  /** Follows, or looks once. */
  readonly mode: Mode;
  /** The address on Windows that is listened on. */
  readonly listenAddress: string;
  /** What is forwarded, in the order to be shown. */
  readonly forwards: readonly Forward[];
  /** What is not, in the order to be shown. */
  readonly rejections: readonly Rejection[];
  /** How often the rules changed. */
  readonly updates: number;
  /** When they last changed: milliseconds since 1970; null for never. */
  readonly lastUpdateMs: number | null;
  /** What lasts, worst first. */
  readonly notices: readonly Notice[];
  /** Whether the rules stay at the end (`--no-cleanup`). */
  readonly keepsRules: boolean;
}
