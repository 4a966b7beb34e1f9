import type { InstanceAnswer } from "../../../daemon/instance/instance_lock.ts";
import { hasFields } from "../../json/json_check.ts";
import { ANSWER_FIELDS, JSON_VERSION } from "../../json/json_fields.ts";
import { type RejectionFields, rejectionFields, type WayFields, wayFields } from "../../json/render_json.ts";
import { VERSION } from "../../../daemon/launch/version.ts";
import type { LanAddresses } from "../../../view/addresses.ts";
import type { Forward, Notice } from "../../../view/view.ts";
import type { ViewState } from "../../../view/view_state.ts";

/** A forwarded port, as `status` and `list` tell of it. Every text in it is hostile. */
export interface ForwardFields extends WayFields {
  /** The program's name; null where it cannot be seen, or nothing listens. */
  readonly program: string | null;
  /** Its process id; null where it is not known. */
  readonly pid: number | null;
  /** The folder that it works in; null where it cannot be seen. */
  readonly folder: string | null;
  /** When the rule was made: ISO 8601, UTC; null where that is not known. */
  readonly since: string | null;
  /** `reachable`, `blocked`, `closing`. */
  readonly state: string;
  /** Whether the program listens on 127.0.0.1 only, and wslfwd lets Windows in to it. */
  readonly isLoopback: boolean;
  /** What else is to be said of it; may be empty. */
  readonly note: string;
}

/** Our program on Windows, as `status` tells of it. Every text in it is hostile. */
export interface HelperFields {
  /** `starting`, `running`, `failed`. */
  readonly state: string;
  /** Its process id on Windows; null where it does not run. */
  readonly pid: number | null;
  /** Why it does not run; null where it does. */
  readonly reason: string | null;
  /** Whether it opens ports of TCP in place of netsh. */
  readonly makesRules: boolean;
  /** What went through each port of UDP, in datagrams. */
  readonly relayed: readonly {
    readonly listenAddress: string;
    readonly listenPort: number;
    readonly sessions: number;
    readonly received: number;
    readonly sent: number;
    readonly dropped: number;
  }[];
}

/** What a running instance says of itself to another one: the fields of json_fields.ts, so that versions can mix. */
export interface StatusAnswer extends InstanceAnswer, LanAddresses {
  /** The version of this format. */
  readonly wslfwd: number;
  /** The version of the program. */
  readonly version: string;
  /** What tells of listeners. */
  readonly engine: string;
  /** The guest's address; null until it is known. */
  readonly guestAddress: string | null;
  /** The name that Windows answers to in its network; null where it does not. Hostile text. */
  readonly lanName: string | null;
  /** Whether the rules stay at the end. */
  readonly keepsRules: boolean;
  /** Lowest port first. */
  readonly forwarded: readonly ForwardFields[];
  /** Lowest port first. */
  readonly rejected: readonly RejectionFields[];
  /** Our program on Windows; null where none is wanted. */
  readonly helper: HelperFields | null;
  /** Errors first. */
  readonly notices: readonly Notice[];
}

/** The answer of this instance. */
export function statusAnswer(task: string, state: ViewState): StatusAnswer {
  const { guestAddress, view } = state;
  return {
    app: "wslfwd",
    wslfwd: JSON_VERSION,
    pid: Deno.pid,
    task,
    version: VERSION,
    engine: view.engine,
    guestAddress,
    lanName: view.lanName,
    keepsRules: view.keepsRules,
    lanAddress: view.lanAddress,
    lanIpv6: view.lanIpv6,
    forwarded: byPort(view.forwards).map(forwardFields),
    rejected: view.rejections.map(rejectionFields),
    helper: null, // Whoever has one puts it here.
    notices: view.notices.map(({ level, text, count }) => ({ level, text, count })),
  };
}

/** Reads the answer of an instance, which may be of another version; null where it has not this format. */
export function readStatusAnswer(answer: InstanceAnswer): StatusAnswer | null {
  return answer.wslfwd === JSON_VERSION && hasFields(answer, ANSWER_FIELDS) ? answer as StatusAnswer : null;
}

function byPort(forwards: readonly Forward[]): Forward[] {
  return [...forwards].sort((a, b) => a.rule.listen.port - b.rule.listen.port);
}

function forwardFields(forward: Forward): ForwardFields {
  const {
    rule,
    beside,
    missing,
    lanAddress,
    lanIpv6,
    sinceMs,
    program,
    pid,
    folder,
    state,
    isLoopback,
    note,
  } = forward;
  const since = new Date(sinceMs).toISOString();
  const ways = wayFields({ rule, beside, missing }, { lanAddress, lanIpv6 });
  return { ...ways, program, pid, folder, since, state, isLoopback, note };
}
