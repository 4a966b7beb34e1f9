import { formatEndpoint } from "../../net/address.ts";
import { formatEntry } from "../../plan/rules/entry.ts";
import { formatRule, type Rule } from "../../plan/rules/rule.ts";
import type { MissingRule } from "../../plan/desired/forward.ts";
import type { ReconcileEvent } from "../../reconcile/events.ts";
import { urlOf } from "../../view/url.ts";
import { countOf, describeProgram, describeReason, formatClock, formatDate, portLabel } from "./describe.ts";
import { addressFor, type LanAddresses } from "../../view/addresses.ts";
import { describeMissing, describePlace } from "./describe_missing.ts";
import { escapeText } from "./escape_text.ts";

/** What a line says besides the event. */
export interface LineOptions {
  /** When it happened: milliseconds since 1970. */
  readonly timeMs: number;
  /** The address of Windows that others in the network type; null where it is not known. */
  readonly lanAddress: string | null;
  /** The IPv6 address that they may type as well; null where none is known. */
  readonly lanIpv6: string | null;
  /** Whether the line may be read on another day: then it has the date. */
  readonly isFile: boolean;
}

const REMOVED: Readonly<Record<Extract<ReconcileEvent, { type: "removed" }>["reason"], string>> = {
  "closed": "nothing listens any more",
  "rejected": "it may not be forwarded any more",
  "left-over": "left over by an earlier run",
  "moved": "this guest's address changed",
  "stopped": "wslfwd ends",
};

/** One event as one line for pipes, logs and dumb terminals, the time before it: `12:04:31 forwarded …`. */
export function renderLine(event: ReconcileEvent, options: LineOptions): string {
  return stampLine(describeEvent(event, options), options);
}

/** A text with the time before it. It must be fit for a terminal. */
export function stampLine(text: string, { isFile, timeMs }: LineOptions): string {
  return `${isFile ? formatDate(timeMs) : formatClock(timeMs)} ${text}`;
}

function describeEvent(event: ReconcileEvent, addresses: LanAddresses): string {
  switch (event.type) {
    case "ready":
      return `ready: ${countOf(event.forwarded, "port")} forwarded to ${event.guestAddress}`;
    case "forwarded": {
      const what = event.listener === null ? "fixed port" : describeProgram(event.program);
      // As an earlier run left it.
      const verb = event.isTakenOver ? "unchanged" : "forwarded";
      return `${verb} ${describeRule(event.rule, addresses)}: ${what}${lacking(event.missing)}`;
    }
    case "changed": {
      const others = event.beside.map(({ listen }) => describePlace(listen));
      const whole = others.length === 0 ? "nothing is missing" : `${others.join(" and ")}, too`;
      const how = event.missing.length === 0 ? whole : describeMissing(event.missing);
      return `changed ${describeRule(event.rule, addresses)}: ${how}`;
    }
    case "removed": {
      const what = event.program === null ? "" : `${describeProgram(event.program)}: `;
      return `removed ${describeRule(event.rule, addresses)}: ${what}${REMOVED[event.reason]}`;
    }
    case "rejected": {
      const { protocol, hostPort, listener, program } = event.rejection;
      const port = listener?.port === hostPort ? "" : ` on port ${listener?.port}`;
      const what = listener === null ? "fixed port" : `${describeProgram(program)}${port}`;
      return `not forwarded ${portLabel(protocol, hostPort)}: ${what}: ${describeReason(event.rejection)}`;
    }
    case "cleared": {
      const { protocol, hostPort } = event.rejection;
      return `no longer rejected ${portLabel(protocol, hostPort)}: ${describeReason(event.rejection)}`;
    }
    case "restored": {
      const entry = escapeText(formatEntry(event.entry));
      return event.isBack
        ? `restored ${entry}: somebody made it while wslfwd changed that port`
        : `error: ${entry} was overwritten and could not be put back; add it again by netsh`;
    }
    case "released":
      return `released ${formatRule(event.rule)}: somebody changed the entry, so it is theirs now`;
    case "address":
      return `address: this guest has ${event.to} now, no longer ${event.from}`;
    case "engine": {
      const detail = event.detail === null ? "" : `: ${escapeText(event.detail)}`;
      return `engine: ${escapeText(event.engine)}${detail}`;
    }
    case "network": {
      const address = event.lanAddress === null
        ? "Windows' address is not known"
        : `others reach this PC at ${event.lanAddresses.join(" or ")}`;
      const name = event.lanName === null ? "" : `, also at ${escapeText(event.lanName)}`;
      return `network: ${address}${name}${event.warning === null ? "" : `; ${escapeText(event.warning)}`}`;
    }
    case "recovered":
      return `${escapeText(event.operation)} works again`;
    case "asked":
      return `waiting for Windows: ${describeAsked(event)}`;
    case "answered":
      return `Windows answered after ${(event.durationMs / 1000).toFixed(1)} s`;
    case "notice":
      return `notice: ${escapeText(event.message)}`;
    case "error": {
      const times = event.count > 1 ? ` (${event.count} times)` : "";
      return `error: ${escapeText(event.message)}${times}${event.isRetriable ? "; trying again" : ""}`;
    }
  }
}

function lacking(missing: readonly MissingRule[]): string {
  return missing.length === 0 ? "" : `; ${describeMissing(missing)}`;
}

function describeAsked({ opening, closing }: Extract<ReconcileEvent, { type: "asked" }>): string {
  const steps = [
    ...(opening.length === 0 ? [] : [`netsh opens ${listPorts(opening)}`]),
    ...(closing.length === 0 ? [] : [`netsh closes ${listPorts(closing)}`]),
  ];
  return steps.length === 0 ? "it was asked what it holds" : steps.join(" and ");
}

/** `3000, 3001, 3002 and 17 more`. */
function listPorts(ports: readonly number[]): string {
  const shown = ports.slice(0, 5).join(", ");
  return ports.length <= 5 ? shown : `${shown} and ${ports.length - 5} more`;
}

/** The side that others type, then the side in the guest. */
function describeRule({ listen, target }: Rule, addresses: LanAddresses): string {
  const address = addressFor(addresses, listen);
  const outside = address === null
    ? `${formatEndpoint(listen.address, listen.port)}${
      listen.protocol === "tcp" ? "" : `/${listen.protocol}`
    }`
    : urlOf(escapeText(address), listen);
  return target.kind === "direct"
    ? outside
    : `${outside} -> ${formatEndpoint(target.to.address, target.to.port)}`;
}
