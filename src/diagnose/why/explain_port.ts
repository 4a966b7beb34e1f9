import { type Family, familyOf, formatEndpoint } from "../../net/address.ts";
import { findIpv6 } from "../../windows/network/lan_address.ts";
import { isDirectMode } from "../../wsl/networking_mode.ts";
import { valueOf } from "../attempt.ts";
import { type Finding, isWell } from "../finding.ts";
import {
  checkBlocks,
  checkFirewallPolicy,
  checkHyperVFirewall,
  checkNetwork,
  checkOtherFirewalls,
  checkRule,
  checkWindowsItself,
} from "./firewall_links.ts";
import { checkAnswer, checkBinding, checkListener, checkNumber, checkPolicy } from "./guest_links.ts";
import { checkHostHeader } from "./host_links.ts";
import type { Link, PortFacts } from "./port_facts.ts";
import { checkUdp } from "./udp_links.ts";
import {
  checkEntry,
  checkForwarder,
  checkForwarding,
  checkNetworkingMode,
  checkOccupant,
  checkReserved,
  checkWayToGuest,
  checkWindows,
} from "./windows_links.ts";

/** From the program to the LAN. */
const LINKS: readonly Link[] = [
  checkNumber,
  checkListener,
  checkBinding,
  checkAnswer,
  checkHostHeader,
  checkPolicy,
  checkWindows,
  checkNetworkingMode,
  checkReserved,
  checkOccupant,
  checkEntry,
  checkForwarder,
  checkForwarding,
  checkWayToGuest,
  checkRule,
  checkFirewallPolicy,
  checkBlocks,
  checkHyperVFirewall,
  checkNetwork,
  checkOtherFirewalls,
  checkWindowsItself,
];

/** Why a port answers on the LAN, or why it does not. */
export interface Explanation {
  /** The links from the program to the LAN, up to the first that fails. */
  readonly findings: readonly Finding[];
  /** Whether the port should answer on the LAN. */
  readonly answers: boolean;
  /** What others type; null where it is not known. */
  readonly endpoint: string | null;
}

/** The chain for who comes by one family. */
interface Walk {
  readonly family: Family;
  readonly findings: readonly Finding[];
  /** The one that failed, the last one; null where none did. */
  readonly fault: Finding | null;
}

/**
 * Walks the chain for each family that the port should answer by. What is broken for one hides nothing of the other: it is
 * worth a note then. Pure: everything was read before.
 */
export function explainPort(facts: PortFacts): Explanation {
  const udp = checkUdp(facts);
  // What waits by UDP alone has no chain to walk: no connection can be tried.
  if (udp !== null && facts.sockets.length === 0) {
    return { findings: [udp], answers: isWell([udp]), endpoint: endpointOf(facts, 4) };
  }
  const [first, ...rest] = familiesOf(facts).map((family) => walk(facts, family));
  // Those by which it answers come first; IPv4 counts more, as what others usually type.
  const [best, ...others] = [first!, ...rest].toSorted((a, b) =>
    Number(a.fault !== null) - Number(b.fault !== null)
  );
  const findings = [...udp === null ? [] : [udp], ...others.reduce(join, best!.findings)];
  return { findings, answers: isWell(findings), endpoint: endpointOf(facts, best!.family) };
}

function walk(facts: PortFacts, family: Family): Walk {
  const findings: Finding[] = [];
  for (const check of LINKS) {
    const finding = check(facts, family);
    if (finding === null) continue;
    findings.push(finding);
    if (finding.mark === "failed") return { family, findings, fault: finding };
  }
  return { family, findings, fault: null };
}

/** The findings of one family with what another one's has besides, before the one that failed. */
function join(findings: readonly Finding[], { family, findings: others, fault }: Walk): Finding[] {
  const has = ({ text }: Finding) => findings.some((finding) => finding.text === text);
  const own = others.filter((finding) => !has(finding) && (fault === null || finding === fault));
  const told = own.map((finding): Finding => ({
    ...finding,
    check: `${finding.check}-ipv${family}`,
    ...(finding === fault ? { mark: "note", text: `not by IPv${family}: ${finding.text}` } : {}),
  }));
  const last = findings.at(-1);
  return last?.mark === "failed" ? [...findings.slice(0, -1), ...told, last] : [...findings, ...told];
}

/** The families that the port should answer by: what the running wslfwd says, else the options and Windows. */
function familiesOf({ host, opinion, settings }: PortFacts): Family[] {
  const there = valueOf(host);
  const isIpv6There = there !== null && valueOf(there.hasIpv6) === true && !isDirectMode(there.windows.mode);
  const told = opinion === null ? [] : [...opinion.addresses.open, ...opinion.addresses.missing];
  const addresses = told.length > 0 ? told : settings.policy.listenAddresses;
  const families = FAMILIES.filter((family) => addresses.some((address) => familyOf(address) === family));
  const left = families.filter((family) => family === 4 || isIpv6There);
  return left.length > 0 ? left : [4];
}

const FAMILIES: readonly Family[] = [4, 6];

function endpointOf({ host, port }: PortFacts, family: Family): string | null {
  const there = valueOf(host), lans = there === null ? [] : valueOf(there.lans) ?? [];
  const address = family === 6 ? findIpv6(lans) : lans[0]?.address ?? null;
  return address === null ? null : formatEndpoint(address, port);
}
