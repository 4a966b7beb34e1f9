/** The words for things that several renderers show. Every text that comes out is fit for a terminal. */
import { formatEndpoint } from "../net/address.ts";
import type { Program } from "../net/listener.ts";
import type { Rejection, RejectionReason } from "../plan/rejection.ts";
import { escapeText } from "./escape_text.ts";
import type { Forward } from "./view.ts";

/** Why a port is not forwarded, and what could be done; without the detail. */
const REASONS: Readonly<Record<RejectionReason, string>> = {
  "loopback": "listens on loopback only; have it listen on 0.0.0.0",
  "v6only": "listens on IPv6 only; have it listen on 0.0.0.0",
  "other-address": "listens on an address that Windows does not connect to",
  "port": "disallowed by --disallow-port",
  "program": "disallowed by program",
  "unlisted": "not in the list of what is allowed",
  "foreign-entry": "Windows has an entry for this port that wslfwd did not make",
  "taken-on-windows": "a program on Windows has this port",
  "excluded-range": "Windows reserves this port",
  "host-port-in-use": "another forward has this port on Windows",
  "pending": "waiting for the end of an earlier change",
};

/** Why it is not forwarded, in one line, what stands in the way in brackets behind it. */
export function describeReason({ reason, detail }: Rejection): string {
  return detail === "" ? REASONS[reason] : `${REASONS[reason]} (${escapeText(detail)})`;
}

/** `node 1234`, `node`, `unknown`. */
export function describeProgram(program: Pick<Program, "name" | "pid"> | null): string {
  if (program === null) return "unknown";
  return program.pid === null ? escapeText(program.name) : `${escapeText(program.name)} ${program.pid}`;
}

/** The same for a forward, with its note behind it in brackets. */
export function describeForward({ program, pid, note }: Forward): string {
  // Nothing listens on a port that is forwarded all the same: its note says all there is.
  if (program === null && note !== "") return escapeText(note);
  const name = describeProgram(program === null ? null : { name: program, pid });
  return note === "" ? name : `${name} (${escapeText(note)})`;
}

/** What others in the network type: `192.168.1.20:3000`, or `:3000` where Windows' address is not known. */
export function lanEndpoint({ lanAddress, rule }: Forward): string {
  return lanAddress === null ? `:${rule.listenPort}` : formatEndpoint(lanAddress, rule.listenPort);
}

/** `12:04:31`, local time. */
export function formatClock(timeMs: number): string {
  return twoDigits(new Date(timeMs), ["getHours", "getMinutes", "getSeconds"]).join(":");
}

/** `12:04:31` for a time less than a day before now, else `11-21` (month and day). */
export function formatSince(timeMs: number, nowMs: number): string {
  if (Math.abs(nowMs - timeMs) < 86_400_000) return formatClock(timeMs);
  const date = new Date(timeMs);
  return `${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}

function twoDigits(date: Date, parts: readonly ("getHours" | "getMinutes" | "getSeconds")[]): string[] {
  return parts.map((part) => String(date[part]()).padStart(2, "0"));
}
