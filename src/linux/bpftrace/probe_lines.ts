import type { Family } from "../../net/address.ts";
import type { ListenEvent } from "../../contracts/wake.ts";

/** What a line of the probe says. */
export type ProbeLine =
  /** Every probe is attached, and bpftrace lives. */
  | { readonly kind: "heartbeat" }
  /** Events did not fit into the kernel's buffer. */
  | { readonly kind: "lost" }
  /** A socket of the network namespace with this inode, 0 where that is not known. */
  | { readonly kind: "event"; readonly netns: number; readonly event: ListenEvent }
  /** A program of the network namespace with this inode has bound a socket, maybe one of UDP. */
  | { readonly kind: "bind"; readonly netns: number }
  /** A line that began like an event and is not one. */
  | { readonly kind: "garbled" }
  /** bpftrace's banners and warnings, which share its stdout. */
  | { readonly kind: "noise" };

const DECODER = new TextDecoder();
const STATES: ReadonlyMap<string, ListenEvent["kind"]> = new Map([["10", "open"], ["7", "close"]]);
/** TASK_COMM_LEN. */
const NAME_BYTES = 16;

/** Reads a line of bind_watch.bt, bind_watch_min.bt or bind_watch_udp.bt, without its newline. */
export function parseProbeLine(line: Uint8Array): ProbeLine {
  const text = DECODER.decode(line);
  if (text === "H") return { kind: "heartbeat" };
  if (/^Lost \d+ events?$/.test(text)) return { kind: "lost" };
  const fields = text.split("\t");
  if (fields[0] === "L") return parseFullEvent(fields);
  if (fields[0] === "M") return parseMinimalEvent(fields);
  if (fields[0] === "B") return parseBind(fields);
  return { kind: "noise" };
}

function parseBind([, netns, ...more]: readonly string[]): ProbeLine {
  const isValid = netns !== undefined && isNumber(netns) && more.length === 0;
  return isValid ? { kind: "bind", netns: Number(netns) } : { kind: "garbled" };
}

function parseFullEvent(fields: readonly string[]): ProbeLine {
  const [, state, family, v6only, address, port, netns, inode, uid, name] = fields;
  const isValid = fields.length === 10 && (v6only === "0" || v6only === "1") && isNumber(netns!) &&
    isNumber(inode!) && isNumber(uid!);
  const event = isValid ? makeEvent(state!, family!, address!, port!, Number(inode), name!) : null;
  return event === null ? { kind: "garbled" } : { kind: "event", netns: Number(netns), event };
}

function parseMinimalEvent(fields: readonly string[]): ProbeLine {
  const [, state, family, address, port] = fields;
  const event = fields.length === 5 ? makeEvent(state!, family!, address!, port!, 0, "") : null;
  return event === null ? { kind: "garbled" } : { kind: "event", netns: 0, event };
}

function makeEvent(
  state: string,
  family: string,
  address: string,
  port: string,
  inode: number,
  name: string,
): ListenEvent | null {
  const kind = STATES.get(state);
  const isValid = kind !== undefined && (family === "4" || family === "6") && isNumber(port) &&
    Number(port) <= 65535 && (family === "4" ? /^[\d.]{7,15}$/ : /^[\da-f:.]{2,45}$/).test(address);
  if (!isValid) return null;
  // At a close the name is that of whoever was on the CPU.
  const programName = kind === "open" ? decodeName(name) : null;
  return { kind, inode, family: Number(family) as Family, address, port: Number(port), programName };
}

/**
 * The name in what bpftrace prints of the kernel's 16 bytes: printable ASCII as it is, all else as `\xNN`. A
 * backslash is printable, so a program that calls itself `\x41` cannot be told from `A`: but then fewer than 16
 * bytes come out, and null is returned.
 */
export function decodeName(text: string): string | null {
  const bytes: number[] = [];
  for (const [, hex, plain] of text.matchAll(/\\x([\da-f]{2})|([^])/g)) {
    bytes.push(hex === undefined ? plain!.charCodeAt(0) : parseInt(hex, 16));
  }
  const end = bytes.indexOf(0);
  if (bytes.length !== NAME_BYTES || end < 0 || bytes.some((byte) => byte > 255)) return null;
  return DECODER.decode(new Uint8Array(bytes.slice(0, end)));
}

function isNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}
