/**
 * IP addresses as canonical text: IPv4 dotted quads and IPv6 as RFC 5952 writes it. Two addresses are equal
 * exactly when their texts are equal.
 */

/** 4 or 6. */
export type Family = 4 | 6;

/** The address that means "every IPv4 address of this machine". */
export const ANY_IPV4 = "0.0.0.0";

/** The address that means "every IPv6 address of this machine"; of a socket that takes IPv4, too, every address. */
export const ANY_IPV6 = "::";

/**
 * Reads a dotted quad: four decimal numbers from 0 to 255 without leading zeros, nothing before or after.
 * Returns the text itself, or null where it is anything else. (inet_aton's shorter and octal forms are refused:
 * netsh and the kernel read them differently.)
 */
export function parseIpv4(text: string): string | null {
  const quad = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (quad === null) return null;
  const canonical = quad.slice(1).map(Number);
  if (canonical.some((part) => part > 255)) return null;
  return canonical.join(".") === text ? text : null;
}

/** The dotted quad of the four bytes at `offset`, in network order. Throws RangeError where they are not there. */
export function formatIpv4(bytes: Uint8Array, offset = 0): string {
  if (offset < 0 || offset + 4 > bytes.length) throw new RangeError(`No four bytes at offset ${offset}`);
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/**
 * RFC 5952 text of the sixteen bytes at `offset`, in network order: lower case, the first longest run of two or
 * more zero groups as `::`, IPv4-mapped addresses as `::ffff:a.b.c.d`. Throws RangeError where they are not there.
 */
export function formatIpv6(bytes: Uint8Array, offset = 0): string {
  if (offset < 0 || offset + 16 > bytes.length) throw new RangeError(`No sixteen bytes at offset ${offset}`);
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[offset + i]! << 8) | bytes[offset + i + 1]!);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(bytes, offset + 12)}`;
  }
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(":");
  return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** Reads IPv6 as {@link formatIpv6} writes it. Returns the text itself, or null for anything else, also for a zone. */
export function parseIpv6(text: string): string | null {
  const mapped = unmapIpv4(text);
  if (mapped !== null) return text;
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => half === "" ? [] : half.split(":"));
  const missing = tail === undefined ? 0 : 8 - head!.length - tail.length;
  const groups = [...head!, ...Array.from({ length: Math.max(missing, 0) }, () => "0"), ...tail ?? []];
  if (groups.length !== 8 || !groups.every((group) => /^[\da-f]{1,4}$/.test(group))) return null;
  const bytes = Uint8Array.from(groups.flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 255];
  }));
  return formatIpv6(bytes) === text ? text : null;
}

/** Reads an address of either family in canonical text. Returns it, or null. */
export function parseIp(text: string): string | null {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** A dotted quad as a number, 0 to 2^32 - 1. Takes canonical text. */
export function ipv4Number(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The family of an address in canonical text. */
export function familyOf(address: string): Family {
  return address.includes(":") ? 6 : 4;
}

/** The IPv4 address inside an IPv4-mapped one (`::ffff:10.0.0.1`), or null. Takes canonical text. */
export function unmapIpv4(address: string): string | null {
  return address.startsWith("::ffff:") ? parseIpv4(address.slice(7)) : null;
}

/** Whether packets to it never leave the machine: 127.0.0.0/8, ::1, and 127.0.0.0/8 mapped. Takes canonical text. */
export function isLoopback(address: string): boolean {
  return address === "::1" || (unmapIpv4(address) ?? address).startsWith("127.");
}

/** Whether a socket bound to it accepts every address of its family: 0.0.0.0, ::, ::ffff:0.0.0.0. */
export function isAny(address: string): boolean {
  return address === "::" || (unmapIpv4(address) ?? address) === ANY_IPV4;
}

/** `address:port`, with brackets around IPv6. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
