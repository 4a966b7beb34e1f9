import { type Family, formatEndpoint } from "../../net/address.ts";
import { openingOf } from "../../plan/claims/claim.ts";
import type { Profile } from "../../plan/claims/opening.ts";
import { parseTag } from "../../plan/claims/tag.ts";
import type { InboundRule } from "../../windows/firewall/firewall_rules.ts";
import { isShutByHyperV } from "../../windows/firewall/hyper_v_firewall.ts";
import { exposureRemedy, isCovered } from "../../windows/network/exposure.ts";
import { findIpv6 } from "../../windows/network/lan_address.ts";
import { valueOf } from "../attempt.ts";
import { failed, type Finding, note, ok, unknown } from "../finding.ts";
import { hyperVShut, otherFirewalls } from "../firewall_findings.ts";
import type { Link, PortFacts, PortOnWindows } from "./port_facts.ts";
import { START_COMMAND } from "./windows_links.ts";

/** How a rule says that the machines of the same subnet are meant ([MS-GPFAS] 2.2.2.4). */
const LOCAL_SUBNET = "LocalSubnet";

/** Whether the firewall has our rule for the port, and whether it counts. */
export const checkRule: Link = onWindows((facts, there) => {
  if ("error" in there.rules) return unknown("rule", there.rules.error);
  const rules = findOurRules(facts, there);
  if (rules.some(({ isActive }) => isActive)) {
    return ok("rule", `the firewall has wslfwd's rule for the port: it lets in ${describePeers(rules)}`);
  }
  if (rules.length > 0) {
    const text = "the firewall's rule for the port is switched off";
    return failed("rule", text, `wf.msc, Inbound Rules: enable ${rules[0]!.name}`);
  }
  const text = "the firewall has no rule of wslfwd for the port";
  return failed("rule", text, facts.opinion === null ? START_COMMAND : "wslfwd status");
});

/** Whether the firewall follows rules at all that were made on this machine. */
export const checkFirewallPolicy: Link = onWindows((facts, { policy, profiles }) => {
  if ("error" in policy) return unknown("firewall", policy.error);
  const { shut, ignoresLocalRules } = policy.value, networks = valueOf(profiles) ?? [];
  const closed = networks.find((network) => shut.includes(network));
  if (closed !== undefined) {
    const text = `the firewall keeps out everything in ${closed} networks, whatever its rules say`;
    return failed("firewall", text, "Windows Security, Firewall: untick `Blocks all incoming connections`");
  }
  const ignored = networks.find((network) => ignoresLocalRules.includes(network));
  if (ignored !== undefined) {
    const text = `a group policy has the firewall ignore this machine's own rules in ${ignored} networks`;
    const remedy =
      `ask the administrator for an inbound rule for TCP port ${facts.port}   (gpresult.exe /h report.html shows the policy)`;
    return failed("firewall", text, remedy);
  }
  return ok("firewall", "the firewall follows this machine's own rules");
});

/** Whether a rule of somebody else keeps the port out: that wins over every rule that lets it in. */
export const checkBlocks: Link = onWindows(({ port }, { rules, profiles }) => {
  const networks = valueOf(profiles);
  const blocks = (valueOf(rules) ?? []).filter((rule) =>
    rule.isBlock && rule.isActive && !rule.isForProgram && (rule.ports?.has(port) ?? true) &&
    (rule.profiles === null || networks === null ||
      networks.some((network) => rule.profiles!.includes(network)))
  );
  const [block] = blocks.toSorted((a, b) => Number(a.peers.length > 0) - Number(b.peers.length > 0));
  if (block === undefined) return null;
  const remedy = `wf.msc, Inbound Rules: disable "${block.name}"`;
  return block.peers.length > 0
    ? note("blocks", `the firewall's rule "${block.name}" keeps some machines out`, remedy)
    : failed(
      "blocks",
      `the firewall's rule "${block.name}" keeps everybody out, and wins over wslfwd's`,
      remedy,
    );
});

/** Whether Hyper-V's firewall, which stands before a guest on Windows' own addresses, follows our rule. */
export const checkHyperVFirewall: Link = onWindows((_, { hyperV }) => {
  if (hyperV === null) return null;
  if ("error" in hyperV) return unknown("hyper-v", hyperV.error);
  return isShutByHyperV(hyperV.value)
    ? hyperVShut()
    : ok("hyper-v", "the Hyper-V firewall follows the rules of Windows' firewall");
});

/** Whether there is a firewall that Windows' rules say nothing to. */
export const checkOtherFirewalls: Link = onWindows((_, there) => {
  const names = valueOf(there.otherFirewalls) ?? [];
  return names.length === 0 ? null : otherFirewalls(names);
});

/** Whether our rule holds in the network that Windows is in. */
export const checkNetwork: Link = onWindows((facts, there) => {
  const { profiles, policy } = there;
  if ("error" in profiles) return unknown("network", `what Windows takes its network for: ${profiles.error}`);
  const networks = profiles.value, off = valueOf(policy)?.off ?? [];
  const lans = valueOf(there.lans) ?? [];
  if (networks.length === 0) return failed("network", "Windows is connected to no network", "connect it");
  const ruleProfiles = findOurRules(facts, there).filter(({ isActive }) => isActive).map((rule) =>
    rule.profiles
  );
  // Where the rules cannot be read, they are what the user asked for, as far as is known.
  const { scope } = facts.settings.policy, areRulesKnown = "value" in there.rules;
  const isIn = (network: Profile) =>
    off.includes(network) ||
    (areRulesKnown
      ? ruleProfiles.some((profiles) => profiles?.includes(network) ?? true)
      : isCovered(network, scope));
  const covered = networks.filter(isIn), rest = networks.filter((network) => !isIn(network));
  if (!isIn(networks[0]!)) {
    const text = `Windows takes its network for ${networks[0]}, where the rule does not hold`;
    return failed("network", text, exposureRemedy(lans[0]!));
  }
  if (rest.length === 0) {
    return ok("network", `Windows takes its network for ${covered.join(" and ")}, where the rule holds`);
  }
  const text = `the rule holds in the ${covered.join(" and ")} network, not in the ${rest.join(" and ")} one`;
  const uncovered = lans.find(({ profile }) => profile !== null && !isIn(profile));
  return note("network", text, uncovered === undefined ? null : exposureRemedy(uncovered));
});

/** Whether Windows' own address answers on the port, as far as that can be tried on Windows itself. */
export const checkWindowsItself: Link = onWindows(({ port }, there, family) => {
  const { lans, windows } = there, toItself = family === 4 ? there.toItself : there.toItselfByIpv6;
  if ("error" in lans) return unknown("lan", `Windows' address in the network: ${lans.error}`);
  const [lan] = lans.value;
  if (lan === undefined) {
    const text = "Windows is in no network, so it has no address that others could type";
    return failed("lan", text, "connect it to a network");
  }
  const address = family === 4 ? lan.address : findIpv6(lans.value);
  if (address === null) {
    return note(
      "lan",
      "Windows has no IPv6 address here that others could type; by its name they may find it",
    );
  }
  const place = formatEndpoint(address, port);
  if (toItself === null || "error" in toItself) {
    return note("lan", `others type ${place}; connecting to it was not tried`);
  }
  if (toItself.value) return ok("lan", `Windows answers on ${place}, which is what others type`);
  // Not by default: hostAddressLoopback is off. The LAN comes another way (microsoft/WSL#11034, #10632, #11600).
  if (windows.mode === "mirrored") {
    return ok(
      "lan",
      `others type ${place}; Windows itself does not reach it there in networking mode mirrored, which is usual`,
    );
  }
  return failed("lan", `Windows does not answer on ${place}`, "wslfwd doctor");
});

/** Whom rules let in: whoever asks from elsewhere finds nothing there (a VPN's peer is in no local subnet). */
function describePeers(rules: readonly InboundRule[]): string {
  const active = rules.filter(({ isActive }) => isActive);
  if (active.some(({ peers }) => peers.length === 0)) return "everybody";
  const peers = [...new Set(active.flatMap(({ peers }) => peers))];
  const others = peers.filter((peer) => peer !== LOCAL_SUBNET);
  if (others.length === 0) return "machines of this subnet only; for others, a VPN's among them: --remote-ip";
  return `${others.length < peers.length ? "machines of this subnet, and " : "only "}${others.join(", ")}`;
}

/** Our rules for the port: those whose description is a tag of ours. */
function findOurRules({ port }: PortFacts, there: PortOnWindows): InboundRule[] {
  return (valueOf(there.rules) ?? []).filter((rule) => {
    const tag = parseTag(rule.description);
    return tag !== null && tag.owner === there.windows.owner && openingOf(tag).port === port;
  });
}

function onWindows(
  check: (facts: PortFacts, there: PortOnWindows, family: Family) => Finding | null,
): Link {
  return (facts, family) => {
    const there = valueOf(facts.host);
    return there === null ? null : check(facts, there, family);
  };
}
