import { formatEndpoint } from "../../net/address.ts";
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

/** Walks the chain. Pure: everything was read before. */
export function explainPort(facts: PortFacts): Explanation {
  const findings: Finding[] = [];
  for (const check of LINKS) {
    const finding = check(facts);
    if (finding === null) continue;
    findings.push(finding);
    if (finding.mark === "failed") break;
  }
  const host = valueOf(facts.host), [lan] = host === null ? [] : valueOf(host.lans) ?? [];
  const endpoint = lan === undefined ? null : formatEndpoint(lan.address, facts.port);
  return { findings, answers: isWell(findings), endpoint };
}
