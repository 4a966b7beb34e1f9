/**
 * Reads the values that a user may give, by option or in the config file. What is refused comes back as a phrase
 * that says what was expected; it never quotes what was found, since a config file read by root may hold
 * anything.
 */
import { ANY_IPV4, isLoopback, parseIp, parseIpv4, unmapIpv4 } from "../net/address.ts";
import { parsePort } from "../net/port.ts";
import { PortSet } from "../net/port_set.ts";
import { PUBLISHED_KINDS, type PublishedKind } from "../net/published.ts";
import type { Profile } from "../plan/claims/opening.ts";
import type { PortMap } from "../plan/desired/policy.ts";

/** A value, or the phrase that follows "must be". */
export type Parsed<T> = { readonly value: T } | { readonly expected: string };

/** Ports as a user writes them. The kernel's ephemeral range is known only where it can be read. */
export interface PortWords {
  /** The ports that were written out. */
  readonly ports: PortSet;
  /** Whether the word `ephemeral` was among them: the kernel's range of ports for bind(0). */
  readonly ephemeral: boolean;
}

/** The only ports that a user wants open. */
export interface OnlyPorts {
  /** Guest ports that keep their number on Windows. */
  readonly ports: PortSet;
  /** Guest ports with another one; no two with the same host port. */
  readonly maps: readonly PortMap[];
}

/** The shortest and the longest time between two looks, in seconds. */
export const INTERVAL_RANGE_S = { min: 0.05, max: 86_400 } as const;

/** The shortest and the longest time that a rule outlives its listener, in seconds. */
export const LINGER_RANGE_S = { min: 0, max: 86_400 } as const;

/** The modes of `--mode`. */
export const MODES = ["auto", "manual"] as const;

/** The engines that `--realtime=` takes; without a value it is `auto`. */
export const REALTIME_CHOICES = ["auto", "require", "bpftrace", "builtin"] as const;

/** What `--realtime=` takes to find listeners by looking; false in the config file. */
export const REALTIME_OFF = "off";

/** What `--helper=` takes: what wslfwd's program on Windows may do. */
export const HELPER_CHOICES = ["off", "udp", "all"] as const;

/** One of them: nothing, relay UDP, or that and open ports without a netsh for each. */
export type HelperChoice = typeof HELPER_CHOICES[number];

/** The network profiles that `--profile` takes. */
export const PROFILE_WORDS = ["private", "domain", "public", "any"] as const;

/** One of a few words, in lower case. `others`: what else may stand there. */
export function parseWord<T extends string>(
  text: string,
  words: readonly T[],
  ...others: string[]
): Parsed<T> {
  const word = words.find((candidate) => candidate === text);
  return word === undefined ? { expected: listWords([...words, ...others]) } : { value: word };
}

/** An engine of real time, or `off`: false. */
export function parseRealtime(text: string): Parsed<typeof REALTIME_CHOICES[number] | false> {
  return text === REALTIME_OFF ? { value: false } : parseWord(text, REALTIME_CHOICES, REALTIME_OFF);
}

/** Seconds in decimal, without sign or exponent. Gives whole milliseconds. */
export function parseSeconds(
  text: string,
  range: { readonly min: number; readonly max: number },
): Parsed<number> {
  const seconds = /^(\d{1,9}(\.\d{0,9})?|\.\d{1,9})$/.test(text) ? Number(text) : NaN;
  if (seconds >= range.min && seconds <= range.max) return { value: Math.round(seconds * 1000) };
  return { expected: `a number of seconds from ${range.min} to ${range.max}` };
}

/** The name of a program, as the kernel may show it: anything but nothing, at most 4096 characters. */
export function parseProgramName(text: string): Parsed<string> {
  if (text !== "" && text.length <= 4096 && !text.includes("\0")) return { value: text };
  return { expected: "the name of a program, such as node" };
}

/** Addresses on Windows that outsiders connect to, with commas between them; each once. */
export function parseListenAddresses(text: string): Parsed<readonly string[]> {
  const addresses = new Set<string>();
  for (const part of text.split(",")) {
    const parsed = parseListenAddress(part.trim());
    if ("expected" in parsed) return parsed;
    addresses.add(parsed.value);
  }
  return { value: [...addresses] };
}

/** One of them. */
function parseListenAddress(text: string): Parsed<string> {
  const address = parseIp(text.toLowerCase());
  if (address !== null && !isUnusable(address)) return { value: address };
  return { expected: "an address of Windows, or 0.0.0.0 or :: for all of a family" };
}

/** The address of the guest that Windows connects to. */
export function parseGuestAddress(text: string): Parsed<string> {
  const address = parseIpv4(text);
  if (address === null || isUnusable(address)) return { expected: "an IPv4 address of this guest" };
  if (address === ANY_IPV4 || isLoopback(address)) {
    // microsoft/WSL#11272: 0.0.0.0:P to 127.0.0.1:P connects to itself until Windows has no ports left.
    return {
      expected: "an IPv4 address of this guest that Windows can reach (0.0.0.0 and 127.x mean Windows " +
        "itself there: it would forward to itself without end)",
    };
  }
  return { value: address };
}

/** Whether nobody can hold the address: 0.x (but 0.0.0.0), multicast, reserved and broadcast (RFC 6890). */
function isUnusable(address: string): boolean {
  if (address.includes(":")) return address.startsWith("ff") || unmapIpv4(address) !== null;
  const first = Number(address.split(".")[0]);
  return first >= 224 || (first === 0 && address !== ANY_IPV4);
}

/** Ports and ranges with commas between them. */
export function parsePorts(text: string): Parsed<PortSet> {
  const ports = PortSet.parse(text);
  return ports === null ? { expected: "ports from 1 to 65535, such as 3000,8000-8999" } : { value: ports };
}

/** Ports, ranges and the word `ephemeral` with commas between them. */
export function parsePortWords(text: string): Parsed<PortWords> {
  const parts = text.split(",").map((part) => part.trim());
  const written = parts.filter((part) => part !== "ephemeral");
  const ports = written.length === 0 ? PortSet.EMPTY : PortSet.parse(written.join(","));
  if (ports === null) return { expected: "ports from 1 to 65535 or ephemeral, such as 3000,8000-8999" };
  return { value: { ports, ephemeral: written.length < parts.length } };
}

/** `HOST:GUEST`: a port on Windows and the port in the guest that it leads to. */
export function parsePortMap(text: string): Parsed<PortMap> {
  const [hostText, guestText, ...rest] = text.split(":");
  const hostPort = parsePort(hostText!), guestPort = parsePort(guestText ?? "");
  if (hostPort === null || guestPort === null || rest.length > 0) {
    return { expected: "two ports from 1 to 65535, Windows' first, such as 8080:80" };
  }
  return { value: { hostPort, guestPort } };
}

/** `3000`, `8000-8010` and `8080:3000` (Windows' port first) with commas between them. */
export function parseOnlyPorts(text: string): Parsed<OnlyPorts> {
  const parts = text.split(",").map((part) => part.trim());
  const written = parts.filter((part) => !part.includes(":"));
  const ports = written.length === 0 ? PortSet.EMPTY : PortSet.parse(written.join(","));
  const maps: PortMap[] = [];
  for (const part of parts) {
    if (!part.includes(":")) continue;
    const parsed = parsePortMap(part);
    if ("expected" in parsed) return parsed;
    maps.push(parsed.value);
  }
  if (ports === null) return { expected: "ports from 1 to 65535, such as 3000, 8000-8010 or 8080:3000" };
  const joined = joinOnlyPorts({ ports: PortSet.EMPTY, maps: [] }, { ports, maps });
  return joined === null ? { expected: TWICE } : { value: joined };
}

/** What is wrong where two maps have one port of Windows. */
export const TWICE = "given one time for each port of Windows";

/** Both together; null where two lead from one port of Windows to different ones of the guest. */
export function joinOnlyPorts(before: OnlyPorts, more: OnlyPorts): OnlyPorts | null {
  const ports = before.ports.union(more.ports), maps = new Map<number, PortMap>();
  for (const map of [...before.maps, ...more.maps]) {
    const other = maps.get(map.hostPort)?.guestPort ?? map.guestPort;
    if (other !== map.guestPort || (ports.has(map.hostPort) && map.guestPort !== map.hostPort)) return null;
    maps.set(map.hostPort, map);
  }
  return { ports, maps: [...maps.values()] };
}

/** What `--published` takes for no port without a socket at all. */
export const PUBLISHED_NONE = "none";

/** Kinds of ports without a socket, with commas between them; `none` alone for no kind. */
export function parsePublished(text: string): Parsed<readonly PublishedKind[]> {
  const words = new Set(text.split(",").map((part) => part.trim().toLowerCase()));
  if (words.size === 1 && words.has(PUBLISHED_NONE)) return { value: [] };
  const known = PUBLISHED_KINDS.filter((word) => words.has(word));
  if (known.length === words.size) return { value: known };
  return { expected: `one or more of ${listWords(PUBLISHED_KINDS)}, or ${PUBLISHED_NONE} alone` };
}

/** `private`, `domain` and `public` with commas between them, or `any` alone for all three. */
export function parseProfiles(text: string): Parsed<readonly Profile[] | "any"> {
  const words = new Set(text.split(",").map((part) => part.trim().toLowerCase()));
  const known = PROFILE_WORDS.filter((word) => words.has(word));
  if (known.length !== words.size) return { expected: `one or more of ${listWords(PROFILE_WORDS)}` };
  if (!known.includes("any")) return { value: known as Profile[] };
  return known.length === 1 ? { value: "any" } : { expected: "any alone, or a list without it" };
}

/** `private, domain or public`. */
export function listWords(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
