import type { Settings } from "../../config/settings.ts";
import { type Family, isLoopback, unmapIpv4 } from "../../net/address.ts";
import { isWslOwn } from "../../net/listener.ts";
import type { SeenListener } from "../../plan/desired/forward.ts";
import type { RejectionReason } from "../../plan/desired/rejection.ts";
import { findWindows, type Windows } from "../../daemon/open/open_windows.ts";
import { type Attempt, attempt, valueOf } from "../attempt.ts";
import type { Finding } from "../finding.ts";
import { findGuestFirewall, type GuestFirewall } from "./guest_firewall.ts";
import { askByHosts, type HostAnswers } from "./host_answers.ts";
import { connectInside, type Connection, type GuestFacts, readGuest } from "./guest_facts.ts";
import {
  connectFromWindows,
  findProcessName,
  readWindowsFacts,
  type WindowsFacts,
} from "../windows_facts.ts";
import { findIpv6 } from "../../windows/network/lan_address.ts";
import { isDirectMode } from "../../wsl/networking_mode.ts";

/** How long finding Windows may take, in milliseconds: a dead interop answers after about 10 s. */
const FIND_MS = 20_000;

/** What the running wslfwd says of the port. */
export interface InstanceOpinion {
  /** Its process id, in its own distro. */
  readonly pid: number;
  /** Why it does not forward the port; null where it does, or knows nothing of it. */
  readonly reason: RejectionReason | null;
  /** What stands in the way; empty where the reason says all. Hostile text. */
  readonly detail: string;
  /** Whether it forwards the port, as far as it knows. */
  readonly isForwarding: boolean;
  /** The same of UDP; null where nothing waits there by UDP that it knows of. */
  readonly udp: Pick<InstanceOpinion, "reason" | "detail" | "isForwarding"> | null;
  /** The addresses of Windows that it forwards the port at, and those where it should and cannot. */
  readonly addresses: { readonly open: readonly string[]; readonly missing: readonly string[] };
}

/** Windows, and what concerns this port. */
export interface PortOnWindows extends WindowsFacts {
  /** Windows itself. */
  readonly windows: Windows;
  /** What holds the port there that is not IP Helper: its name; null where nothing does or it cannot be told. */
  readonly occupantName: string | null;
  /** Whether Windows reaches the service at the guest's address; null: not tried. */
  readonly toGuest: Attempt<boolean> | null;
  /** Whether Windows reaches its own port at its LAN address; null: not tried. */
  readonly toItself: Attempt<boolean> | null;
  /** The same at its IPv6 address. */
  readonly toItselfByIpv6: Attempt<boolean> | null;
}

/** Everything that is known about one port. */
export interface PortFacts {
  /** The port that others type: on Windows. */
  readonly port: number;
  /** The port in the guest that it leads to. */
  readonly guestPort: number;
  /** What the user wants. */
  readonly settings: Settings;
  /** What the running wslfwd says; null where none runs. */
  readonly opinion: InstanceOpinion | null;
  /** The guest. */
  readonly guest: GuestFacts;
  /** What listens on the port in the guest. */
  readonly sockets: readonly SeenListener[];
  /** Connections tried inside the guest. */
  readonly inside: readonly Connection[];
  /** How the program answers to those who call it by different names; null where it was not asked. */
  readonly hosts: HostAnswers | null;
  /** A firewall of the guest. */
  readonly guestFirewall: GuestFirewall | null;
  /** Windows. */
  readonly host: Attempt<PortOnWindows>;
}

/**
 * One link of the chain from the program to the LAN, for who comes by a family: what is to be said of it; null where it does
 * not apply. Pure.
 */
export type Link = (facts: PortFacts, family: Family) => Finding | null;

/** Reads everything about a port, side by side. Never rejects. */
export async function readPortFacts(
  port: number,
  settings: Settings,
  opinion: InstanceOpinion | null,
): Promise<PortFacts> {
  const guestPort = settings.policy.portMaps.find(({ hostPort }) => hostPort === port)?.guestPort ?? port;
  const guestRead = readGuest(settings);
  const hostRead = attempt(() => findWindows(), FIND_MS).then(
    async (windows): Promise<Attempt<PortOnWindows>> => {
      if ("error" in windows) return windows;
      return { value: await readHost(windows.value, port, guestPort, guestRead) };
    },
  );
  const insideRead = guestRead.then((guest) =>
    connectInside(socketsOn(guest, guestPort), guestPort, valueOf(guest.address))
  );
  const [guest, inside, host, guestFirewall] = await Promise.all([
    guestRead,
    insideRead,
    hostRead,
    findGuestFirewall(),
  ]);
  const sockets = socketsOn(guest, guestPort);
  const open = inside.find(({ isOpen }) => isOpen), lans = valueOf(host)?.lans ?? null;
  const lan = lans === null ? undefined : valueOf(lans)?.[0];
  const hosts = open === undefined || lan === undefined
    ? null
    : await askByHosts(open.address, guestPort, lan.address);
  return { port, guestPort, settings, opinion, guest, sockets, inside, hosts, guestFirewall, host };
}

async function readHost(
  windows: Windows,
  port: number,
  guestPort: number,
  guestRead: Promise<GuestFacts>,
): Promise<PortOnWindows> {
  const { programs } = windows;
  const factsRead = readWindowsFacts(windows);
  const toGuestRead = guestRead.then((guest) => {
    const address = valueOf(guest.address), isListening = socketsOn(guest, guestPort).length > 0;
    // Where nothing is forwarded, the guest's address is Windows' own, or none that Windows could ask.
    if (address === null || !isListening || isDirectMode(windows.mode)) return null;
    return connectFromWindows(programs, address, guestPort);
  });
  const facts = await factsRead;
  const lans = valueOf(facts.lans) ?? [];
  const occupant = findOccupant(facts, port), lanAddress = lans[0]?.address ?? null, ipv6 = findIpv6(lans);
  const [occupantName, toGuest, toItself, toItselfByIpv6] = await Promise.all([
    occupant === null ? null : findProcessName(programs, occupant),
    toGuestRead,
    lanAddress === null ? null : connectFromWindows(programs, lanAddress, port),
    ipv6 === null ? null : connectFromWindows(programs, ipv6, port),
  ]);
  return { ...facts, windows, occupantName, toGuest, toItself, toItselfByIpv6 };
}

/** The process id of what holds a port on Windows and is not IP Helper; null where nothing does. */
export function findOccupant({ held }: WindowsFacts, port: number): number | null {
  const taken = valueOf(held)?.taken ?? [];
  // What has it by UDP, our own program among them, is in nobody's way here.
  return taken.find((listener) =>
    listener.protocol === "tcp" && listener.port === port && !isLoopback(listener.address)
  )?.pid ?? null;
}

function socketsOn({ listeners }: GuestFacts, port: number): SeenListener[] {
  return (valueOf(listeners) ?? []).filter((listener) =>
    listener.protocol === "tcp" && listener.port === port && !isWslOwn(listener)
  ).map((
    listener,
  ) => ({
    ...listener,
    address: unmapIpv4(listener.address) ?? listener.address,
  }));
}
