import { isAny, isLoopback, parseIp, parseIpv4 } from "../../net/address.ts";
import { type Entry, formatEntry } from "../../plan/rules/entry.ts";
import type { HostListener } from "../../plan/desired/host_view.ts";

/** What is known of the places that entries lead to. */
export interface Places {
  /** The guest's address; null where it is not known. */
  readonly guestAddress: string | null;
  /** Addresses of Windows in its networks. */
  readonly hostAddresses: readonly string[];
  /** What Windows' own programs listen on, loopback too. */
  readonly taken: readonly HostListener[];
}

/** Entries of others that cannot do what they were made for, each with why; in the order of the table. Hostile text. */
export function findOddEntries(entries: readonly Entry[], places: Places): string[] {
  return entries.flatMap((entry) => {
    const why = whyOdd(entry, entries, places);
    return why === null ? [] : [`${formatEntry(entry)} ${why}`];
  });
}

function whyOdd(entry: Entry, entries: readonly Entry[], places: Places): string | null {
  const { listen, connect } = entry, { guestAddress, hostAddresses } = places;
  const to = parseIp(connect.address === "localhost" ? "127.0.0.1" : connect.address);
  if (connect.address === "*" || (to !== null && isAny(to))) {
    return "leads to no machine: its two addresses are swapped";
  }
  if (to === null) return null;
  const isHere = isLoopback(to) || hostAddresses.includes(to);
  if (isHere && listen.port === connect.port && takesAlso(listen.address, to)) {
    // A program or another entry on exactly that address answers first, as WSL's own relay does on 127.0.0.1.
    const isAnswered = places.taken.some(({ protocol, address, port }) =>
      protocol === "tcp" && address === to && port === connect.port
    ) ||
      entries.some((other) =>
        other !== entry && other.listen.address === connect.address && other.listen.port === connect.port
      );
    return isAnswered ? null : "leads to itself, until Windows has no ports left (microsoft/WSL#11272)";
  }
  if (guestAddress !== null && to !== guestAddress && isNear(to, guestAddress)) {
    return `leads to an address that WSL had once: this guest has ${guestAddress}`;
  }
  return null;
}

/** Whether what listens on an address takes connections to another one. */
function takesAlso(listenAddress: string, to: string): boolean {
  return listenAddress === "*" || listenAddress === to ||
    (parseIp(listenAddress) !== null && isAny(listenAddress));
}

/** Whether two addresses are of the same network of WSL, which gives its own 20 bits (microsoft/WSL, nat). */
function isNear(a: string, b: string): boolean {
  const [one, other] = [a, b].map((address) => parseIpv4(address)?.split(".").map(Number));
  if (one === undefined || other === undefined || !/^172\./.test(a)) return false;
  return one[0] === other[0] && one[1] === other[1] && one[2]! >> 4 === other[2]! >> 4;
}
