import { ANY_IPV4, isLoopback } from "../../net/address.ts";
import type { Listener, Program } from "../../net/listener.ts";
import type { Rejection } from "../../plan/desired/rejection.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import type { Rule } from "../../plan/rules/rule.ts";
import type { MissingRule } from "../../plan/desired/forward.ts";
import { type LanAddresses, lanAddressesOf } from "../../view/addresses.ts";
import type { ReconcileEvent } from "../../reconcile/events.ts";
import { JSON_VERSION } from "./json_fields.ts";
import type { LineOptions } from "../screen/render_lines.ts";

/** One event as one JSON object in one line. What its fields mean stands in json_fields.ts. */
export function renderJsonEvent(event: ReconcileEvent, options: LineOptions): string {
  return renderJsonObject(event.type, options.timeMs, fieldsOf(event, options));
}

/** An object with the fields that each has before its own, in one line. `timeMs`: milliseconds since 1970. */
export function renderJsonObject(type: string, timeMs: number, fields: object): string {
  return stringifyLine({ wslfwd: JSON_VERSION, time: new Date(timeMs).toISOString(), type, ...fields });
}

/**
 * JSON without a line break in it, and fit for a terminal: what a terminal might act on (C1 controls, bidi
 * overrides), which JSON.stringify leaves as it is, is written `\uXXXX`, which reads back the same.
 */
export function stringifyLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{C}\p{Zl}\p{Zp}\p{DI}]/gu, (character) => {
    let escaped = "";
    for (let i = 0; i < character.length; i++) {
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }
    return escaped;
  });
}

function fieldsOf(event: ReconcileEvent, addresses: LineOptions): Record<string, unknown> {
  switch (event.type) {
    case "forwarded": {
      const { listener, program, isTakenOver } = event;
      return {
        ...wayFields(event, addresses),
        ...boundFields(listener),
        ...programFields(program),
        isLoopback: listener !== null && isLoopback(listener.address),
        isTakenOver,
      };
    }
    case "changed":
      return { ...wayFields(event, addresses) };
    case "removed":
      return { ...ruleFields(event.rule), ...programFields(event.program), reason: event.reason };
    case "rejected":
    case "cleared":
      return { ...rejectionFields(event.rejection) };
    case "restored":
      return { ...entryFields(event.entry), isBack: event.isBack };
    case "released":
      return { ...ruleFields(event.rule) };
    default: {
      const { type: _, ...fields } = event;
      return fields;
    }
  }
}

/** By which addresses of Windows a port is open, and by which it is not, though it should be. */
export function wayFields(
  { rule, beside, missing }: Pick<
    Extract<ReconcileEvent, { type: "changed" }>,
    "rule" | "beside" | "missing"
  >,
  addresses: LanAddresses,
): WayFields {
  const rules = [rule, ...beside], listenAddresses = rules.map(({ listen }) => listen.address);
  const lan = lanAddressesOf(rules, addresses);
  return { ...ruleFields(rule), listenAddresses, ...lan, missing: missing.map(missingFields) };
}

/** What the format says of the ways into an open port. */
export interface WayFields extends RuleFields, LanAddresses {
  /** Every address of Windows that the port is open at, the best first. */
  readonly listenAddresses: readonly string[];
  /** The rules that should be there. */
  readonly missing: readonly MissingFields[];
}

/** What the format says of a rule that should be there. */
export interface MissingFields {
  /** Windows' address. */
  readonly listenAddress: string;
  /** A word of plan/rejection.ts, or of another version. */
  readonly reason: string;
  /** What stands in the way. Hostile text. */
  readonly detail: string;
}

/** A missing rule as the format has it. */
export function missingFields({ rule, reason, detail }: MissingRule): MissingFields {
  return { listenAddress: rule.listen.address, reason, detail };
}

/** What the format says of a port that is not forwarded. */
export interface RejectionFields {
  /** `tcp` or `udp`. */
  readonly protocol: string;
  /** The port on Windows. */
  readonly listenPort: number;
  /** What the program is bound to; null for a fixed port. */
  readonly boundAddress: string | null;
  /** The port that it is bound to; null for a fixed port. */
  readonly boundPort: number | null;
  /** The program's name; null where it cannot be seen. Hostile text. */
  readonly program: string | null;
  /** Its process id; null where it is not known. */
  readonly pid: number | null;
  /** The folder that it works in; null where it cannot be seen. Hostile text. */
  readonly folder: string | null;
  /** A word of plan/rejection.ts, or of another version. */
  readonly reason: string;
  /** What stands in the way. Hostile text. */
  readonly detail: string;
}

/** A rejection as the format has it. */
export function rejectionFields(rejection: Rejection): RejectionFields {
  const { protocol, hostPort, listener, program, reason, detail } = rejection;
  const bound = boundFields(listener);
  return { protocol, listenPort: hostPort, ...bound, ...programFields(program), reason, detail };
}

/** What the format says of a rule. */
export interface RuleFields {
  /** `tcp` or `udp`. */
  readonly protocol: string;
  /** IPv4 address on Windows. */
  readonly listenAddress: string;
  /** 1 to 65535. */
  readonly listenPort: number;
  /** IPv4 address of the guest; 0.0.0.0 where nothing forwards. */
  readonly connectAddress: string;
  /** 1 to 65535. */
  readonly connectPort: number;
}

/** A rule as the format has it. */
export function ruleFields({ listen, target }: Rule): RuleFields {
  const to = target.kind === "proxy" ? target.to : { address: ANY_IPV4, port: listen.port };
  return {
    protocol: listen.protocol,
    listenAddress: listen.address,
    listenPort: listen.port,
    connectAddress: to.address,
    connectPort: to.port,
  };
}

/** An entry as the format has it: ports are numbers wherever they are ports. */
export function entryFields({ listen, connect }: Entry): EntryFields {
  return {
    listenAddress: listen.address,
    listenPort: listen.port,
    connectAddress: connect.address,
    connectPort: connect.port,
  };
}

/** What the format says of an entry of Windows, whoever made it. */
export interface EntryFields {
  /** An address, a host name or `*`. */
  readonly listenAddress: string;
  /** The text that netsh shows where it is no port. */
  readonly listenPort: number | string;
  /** An address or a host name. */
  readonly connectAddress: string;
  /** The text that netsh shows where it is no port. */
  readonly connectPort: number | string;
}

function boundFields(listener: Listener | null): Pick<RejectionFields, "boundAddress" | "boundPort"> {
  return { boundAddress: listener?.address ?? null, boundPort: listener?.port ?? null };
}

function programFields(program: Program | null): Pick<RejectionFields, "program" | "pid" | "folder"> {
  return { program: program?.name ?? null, pid: program?.pid ?? null, folder: program?.folder ?? null };
}
