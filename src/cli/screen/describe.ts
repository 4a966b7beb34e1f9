/** The words for things that several renderers show. Every text that comes out is fit for a terminal. */
import { ANY_IPV4, formatEndpoint } from "../../net/address.ts";
import type { Program } from "../../net/listener.ts";
import type { RejectionReason } from "../../plan/desired/rejection.ts";
import { escapeText } from "./escape_text.ts";
import type { Forward } from "../../view/view.ts";

/** `1 rule`, `2 rules`: a number and what is counted, which takes an `s` in the plural, or is given in both forms. */
export function countOf(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What of a rejection says why. */
export interface RejectionWords {
  /** `tcp` or `udp`. */
  readonly protocol: string;
  /** A word of plan/rejection.ts, or of another version of wslfwd. */
  readonly reason: string;
  /** What stands in the way; empty where the reason says all. Hostile text. */
  readonly detail: string;
  /** The program, or its name; null where it cannot be seen. */
  readonly program: unknown;
  /** What listens, or its port: left out where that is not known. */
  readonly listener?: { readonly port: number } | null;
  /** The same in what `status` reads. */
  readonly boundPort?: number | null;
}

/** Why a port is not forwarded, and what could be done. `detail` is fit for a terminal. */
const REASONS: Readonly<Record<RejectionReason, (detail: string, isNamed: boolean, port: string) => string>> =
  {
    "loopback": describeLoopback,
    "loopback-held": (detail, _, port) =>
      `listens on 127.0.0.1 only, and only its port by itself opens it: ${detail}; --loopback ${port}`,
    "loopback-code": (detail, _, port) =>
      `listens on 127.0.0.1 only, and runs code for whoever connects: ${detail}; if you mean it, --loopback-code ${port}`,
    "loopback-closed": (detail) =>
      `listens on 127.0.0.1 only, which cannot be opened: ${detail}; have it listen on 0.0.0.0`,
    "v6only": (detail) =>
      `listens ${
        detail === "" || detail === "::" ? "on IPv6 only" : `on ${detail} only, an IPv6 address`
      }, ` +
      "and Windows connects to this guest by IPv4; have it listen on 0.0.0.0",
    "other-address": (detail) =>
      `listens on ${detail || "an address"} only, which Windows does not reach; have it listen on 0.0.0.0`,
    "held-back": (detail, _, port) => `held back: ${detail}; x, or --allow-port ${port}, opens it`,
    "closed": () => "closed by hand; x opens it again",
    "port": () => "its port is disallowed",
    "program": (_, isNamed) =>
      isNamed ? "its program is disallowed" : "its program cannot be seen, and not every program is allowed",
    "unlisted": (detail) => withDetail("not on the list of what is allowed", detail),
    "foreign-entry": (detail) =>
      withDetail("somebody else's entry has this port on Windows; remove it, or use --map", detail),
    "taken-on-windows": (detail, _, port) =>
      /^(com\.docker\.backend|vpnkit|docker[\w.-]*)\.exe\b/i.test(detail)
        ? `Docker Desktop publishes it on Windows already: others reach it there, port ${port}`
        : withDetail("a program on Windows has this port; stop it, or use --map", detail),
    "excluded-range": () => "Windows reserves this port; use another one, or --map",
    "renumbered": () => "in networking mode mirrored a port keeps its number; leave out --map",
    "host-port-in-use": (detail) => withDetail("this port on Windows leads elsewhere", detail),
    "needed-by-windows": () => "Windows itself needs this port by UDP",
    "no-carrier": (detail) => `nothing on this Windows can forward ${detail || "it"}`,
    "refused": () => "Windows refused the entry; it is asked again now and then",
    "starting": () => "what carries it starts",
    "pending": () => "waiting for the end of an earlier change",
  };

/** What would open it for TCP does not for UDP: there is no `--map`, and the kernel lets nobody in to a service on loopback. */
const UDP_REASONS: Partial<Record<RejectionReason, (detail: string) => string>> = {
  "loopback": (detail) => `listens on ${detail || "loopback"} only; have it listen on 0.0.0.0`,
  "taken-on-windows": (detail) => withDetail("a program on Windows has this port by UDP; stop it", detail),
  "excluded-range": () => "Windows reserves this port by UDP; use another one",
  "no-carrier": (detail) => `nothing on this Windows relays it (${detail}); see wslfwd doctor`,
};

/** Why it is not forwarded, in one line. */
export function describeReason(rejection: RejectionWords): string {
  const { protocol, reason, detail, program, listener, boundPort } = rejection;
  const text = escapeText(detail);
  if (!Object.hasOwn(REASONS, reason)) return withDetail(escapeText(reason), text);
  const ofUdp = protocol === "udp" ? UDP_REASONS[reason as RejectionReason] : undefined;
  if (ofUdp !== undefined) return ofUdp(text);
  const port = listener?.port ?? boundPort ?? null;
  return REASONS[reason as RejectionReason](text, program !== null, port === null ? "PORT" : String(port));
}

/** Of a service at ::1 the kernel refuses every way to it but that; at 127.0.0.2 nobody has asked yet. */
function describeLoopback(detail: string, _: boolean, port: string): string {
  const open = /^(::ffff:)?127\.0\.0\.1$/.test(detail) ? `open it by --loopback ${port}, or ` : "";
  const never = detail === "::1" ? ", which the kernel lets nobody open" : "";
  return `listens on ${detail || "loopback"} only${never}; ${open}have it listen on 0.0.0.0`;
}

function withDetail(text: string, detail: string): string {
  return detail === "" ? text : `${text} (${detail})`;
}

/** `3000`, or `5000/udp`: a port where TCP goes without saying. `protocol` is hostile text. */
export function portLabel(protocol: string, port: number): string {
  return protocol === "tcp" ? `${port}` : `${port}/${escapeText(protocol)}`;
}

/** `172.23.21.232:3000`, or `:3000` where nothing forwards (mirrored mode). `address` is fit for a terminal. */
export function guestEndpoint(address: string, port: number): string {
  return address === ANY_IPV4 ? `:${port}` : formatEndpoint(address, port);
}

/** `node 1234`, `node`, `unknown`. */
export function describeProgram(program: Pick<Program, "name" | "pid"> | null): string {
  if (program === null) return "unknown";
  return program.pid === null ? escapeText(program.name) : `${escapeText(program.name)} ${program.pid}`;
}

/** The same for a forward, with its note behind it in brackets. */
export function describeForward({ program, pid, note }: Pick<Forward, "program" | "pid" | "note">): string {
  // Nothing listens on a port that is forwarded all the same: its note says all there is.
  if (program === null && note !== "") return escapeText(note);
  const name = describeProgram(program === null ? null : { name: program, pid });
  return note === "" ? name : `${name} (${escapeText(note)})`;
}

/** What others in the network type: `192.168.1.20:3000`, or `:3000` where Windows' address is not known. */
export function lanEndpoint(lanAddress: string | null, listenPort: number): string {
  return lanAddress === null ? `:${listenPort}` : formatEndpoint(escapeText(lanAddress), listenPort);
}

/** What is said of the name that Windows answers to. `name` must be fit for a terminal. */
export function describeLanName(name: string): string {
  return `also at ${name}, for devices here that find names by mDNS`;
}

/** `12:04:31`, local time. */
export function formatClock(timeMs: number): string {
  return twoDigits(new Date(timeMs), ["getHours", "getMinutes", "getSeconds"]).join(":");
}

/** `2026-11-21 12:04:31`, local time. */
export function formatDate(timeMs: number): string {
  const date = new Date(timeMs);
  return `${date.getFullYear()}-${formatDay(date)} ${formatClock(timeMs)}`;
}

/** `12:04` for a time less than a day before now, else `11-21` (month and day). */
export function formatSince(timeMs: number, nowMs: number): string {
  const date = new Date(timeMs);
  if (Math.abs(nowMs - timeMs) < 86_400_000) return twoDigits(date, ["getHours", "getMinutes"]).join(":");
  return formatDay(date);
}

/** `11-21`. */
function formatDay(date: Date): string {
  return `${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}

/** A folder, fit for a terminal; `~` stands for `home`, null for nobody's. */
export function shortenFolder(folder: string, home: string | null): string {
  const isBelow = home !== null && home !== "/" && (folder === home || folder.startsWith(`${home}/`));
  return escapeText(isBelow ? `~${folder.slice(home.length)}` : folder);
}

function twoDigits(date: Date, parts: readonly ("getHours" | "getMinutes" | "getSeconds")[]): string[] {
  return parts.map((part) => String(date[part]()).padStart(2, "0"));
}
