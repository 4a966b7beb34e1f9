import { ANY_IPV6, formatEndpoint } from "../../net/address.ts";
import { isDirectMode } from "../../wsl/networking_mode.ts";
import type { SeenListener } from "../../plan/desired/forward.ts";
import { judge, type Policy } from "../../plan/desired/policy.ts";
import { judgeHeldBack } from "../../plan/held_back/judge_held_back.ts";
import { type Reach, reachOf, THROUGH_WINDOWS, unreachableReason } from "../../plan/desired/reachability.ts";
import type { RejectionReason } from "../../plan/desired/rejection.ts";
import { valueOf } from "../attempt.ts";
import { adviseBinding } from "./bind_advice.ts";
import { failed, type Finding, ok, unknown } from "../finding.ts";
import { checkLoopback, isOnLoopback } from "./loopback_links.ts";
import type { PortFacts } from "./port_facts.ts";

/** A guest port that stands under another number on Windows: the user asks for the wrong one. */
export function checkNumber({ port, settings }: PortFacts): Finding | null {
  const { portMaps } = settings.policy;
  if (portMaps.some(({ hostPort }) => hostPort === port)) return null;
  const map = portMaps.find(({ guestPort }) => guestPort === port);
  if (map === undefined) return null;
  const text = `port ${port} of this guest is port ${map.hostPort} on Windows (--map)`;
  return failed("number", text, `wslfwd why ${map.hostPort}`);
}

/** Whether anything listens, and which program. */
export function checkListener({ guestPort, guest, sockets }: PortFacts): Finding {
  if ("error" in guest.listeners) return unknown("listener", guest.listeners.error);
  if (sockets.length === 0) {
    const text = `nothing listens on TCP port ${guestPort} in this VM`;
    return failed("listener", text, "start the program; what listens, and on which port, shows: ss -ltnp");
  }
  const led = sockets.find(({ published }) => published !== undefined);
  if (led !== undefined) {
    const { program, to } = led.published!;
    return ok("listener", `NAT in this VM leads port ${guestPort} on to ${to} (${program.name})`);
  }
  const places = sockets.map(({ address, port }) => formatEndpoint(address, port));
  return ok("listener", `${describeProgram(sockets)} listens on ${[...new Set(places)].join(", ")}`);
}

/** Whether it is bound to something that Windows can reach. */
export function checkBinding(facts: PortFacts): Finding | null {
  const { guest, sockets, guestPort } = facts, reach = reachFrom(facts);
  const address = valueOf(guest.address), [first] = sockets;
  if (first === undefined) return null;
  if (address === null) return unknown("binding", (guest.address as { error: string }).error);
  const byIpv4 = { ...reach, isByIpv6: false };
  if (sockets.some((socket) => unreachableReason(socket, address, THROUGH_WINDOWS) === null)) {
    return ok("binding", `it can be reached at this guest's address, ${address}`);
  }
  const other = sockets.find((socket) => unreachableReason(socket, address, byIpv4) === null);
  if (other !== undefined) {
    return ok(
      "binding",
      `it can be reached at another address of this guest and of Windows, ${other.address}`,
    );
  }
  if (sockets.some((socket) => unreachableReason(socket, address, reach) === null)) {
    return ok("binding", "it can be reached by IPv6");
  }
  if (isOnLoopback(facts)) return checkLoopback(facts);
  const reason = unreachableReason(first, address, reach);
  const remedy = adviseBinding(first.program, guestPort);
  switch (reason) {
    case "v6only":
      return failed("binding", describeIpv6(first.address), remedy);
    default:
      return failed("binding", `it is bound to ${first.address}, and Windows connects to ${address}`, remedy);
  }
}

/**
 * Whether it takes connections from inside the guest. What counts is the guest's address: a published port of a container is
 * closed on loopback in mirrored mode, and open to everybody else (microsoft/WSL#13868, #10494).
 */
export function checkAnswer({ inside, guestPort, guest }: PortFacts): Finding | null {
  if (inside.length === 0) return null;
  const placesOf = (isOpen: boolean) =>
    inside.filter((each) => each.isOpen === isOpen).map(({ address }) => formatEndpoint(address, guestPort))
      .join(" and ");
  const open = placesOf(true), closed = placesOf(false);
  if (closed === "") return ok("answer", `it takes connections inside this guest, on ${open}`);
  const own = inside.find(({ address }) => address === valueOf(guest.address));
  if (own?.isOpen === true) {
    return ok(
      "answer",
      `it takes connections inside this guest, on ${open}; not on ${closed}, which is no matter here`,
    );
  }
  return failed(
    "answer",
    `it takes no connection on ${closed}`,
    "restart the program: it hangs, or is overloaded",
  );
}

const UNWANTED: Partial<Record<RejectionReason, readonly [text: string, remedy: string]>> = {
  "port": [
    "the port is disallowed (--disallow-port)",
    "leave it out there, or start wslfwd with --allow-port PORT",
  ],
  "program": [
    "the program is disallowed",
    "start wslfwd with --allow-port PORT, or change --allow and --disallow",
  ],
  "unlisted": ["it is not among what is allowed", "start wslfwd with --allow-port PORT"],
  "held-back": [
    "it is held back",
    "if you mean it, start wslfwd with --allow-port PORT, or press x in its table",
  ],
  "host-port-in-use": ["another forward has this port on Windows", "give it another one: --map HOST:PORT"],
  "pending": ["wslfwd waits for the end of an earlier change", "wait for half a minute, then ask again"],
};

/** Whether the user's choices let it be reached: what the running wslfwd says, else the options and the config. */
export function checkPolicy(facts: PortFacts): Finding | null {
  const { guest, guestPort, sockets, settings, opinion } = facts;
  const address = valueOf(guest.address);
  const reachable = sockets.filter((socket) =>
    address === null || unreachableReason(socket, address, reachFrom(facts)) === null
  );
  if (reachable.length === 0) return null;
  const { reason, detail } = opinion ?? judgeAll(reachable, settings.policy, guestPort);
  const unwanted = reason === null ? undefined : UNWANTED[reason];
  if (unwanted === undefined) return ok("policy", "options and config let it be reached");
  const text = detail === "" ? unwanted[0] : `${unwanted[0]}: ${detail}`;
  return failed("policy", text, unwanted[1].replace("PORT", String(guestPort)));
}

/** How others get to this guest, by its networking mode and the options; through Windows where that is not known. */
function reachFrom({ host, guest, settings }: PortFacts): Reach {
  const there = valueOf(host);
  if (there === null || !isDirectMode(there.windows.mode)) return THROUGH_WINDOWS;
  const reach = reachOf({ ...settings.policy, reach: "direct", beside: guest.beside });
  return { ...reach, isByIpv6: reach.isByIpv6 && valueOf(there.hasIpv6) === true };
}

/** Why an address is of no use to Windows, which has no way by IPv6 to a guest behind it. */
function describeIpv6(address: string): string {
  const what = address === ANY_IPV6 ? "it takes IPv6 only" : `it is bound to ${address}, an IPv6 address`;
  return `${what}, and Windows connects to this guest by IPv4`;
}

/** What keeps one of them from being reached by options and config. */
function judgeAll(
  sockets: readonly SeenListener[],
  policy: Policy,
  guestPort: number,
): { readonly reason: RejectionReason | null; readonly detail: string } {
  if (policy.fixedPorts.has(guestPort)) return { reason: null, detail: "" };
  for (const socket of sockets) {
    const reason = judge(policy, guestPort, socket.program);
    if (reason !== null) return { reason, detail: "" };
    const held = judgeHeldBack(policy, socket);
    if (held !== null) return { reason: "held-back", detail: held };
  }
  return { reason: null, detail: "" };
}

function describeProgram(sockets: readonly SeenListener[]): string {
  const program = sockets.find((socket) => socket.program !== null)?.program;
  if (program === undefined || program === null) return "a program that cannot be seen from here";
  return program.pid === null ? program.name : `${program.name} ${program.pid}`;
}
