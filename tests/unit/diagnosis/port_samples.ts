/** A port of which everything is known, and all is well. */
import { mergeSettings } from "../../../src/config/settings.ts";
import type { Windows } from "../../../src/daemon/open/open_windows.ts";
import { explainPort, type Explanation } from "../../../src/diagnose/why/explain_port.ts";
import type { PortFacts, PortOnWindows } from "../../../src/diagnose/why/port_facts.ts";
import { PortSet } from "../../../src/net/port_set.ts";
import { entriesOf } from "../../../src/plan/claims/claim.ts";
import { formatTag } from "../../../src/plan/claims/tag.ts";
import type { InboundRule } from "../../../src/windows/firewall/firewall_rules.ts";
import { claim, FREE_HOST, GUEST, listening, OWNER, taking } from "../plan/samples.ts";

/** The claim on the port. */
export const CLAIM = claim(`0.0.0.0:3000 -> ${GUEST}:3000`);
/** The process id of IP Helper. */
export const HELPER = 3412;

/** Our rule for the port, as Windows has it. */
export const RULE: InboundRule = {
  name: CLAIM.name,
  description: formatTag(CLAIM),
  isBlock: false,
  isActive: true,
  profiles: ["private", "domain"],
  ports: PortSet.parse("3000"),
  isForProgram: false,
  peers: ["LocalSubnet"],
};

/** A Windows on which all is well, with changes. */
function windowsOf(changes: Partial<PortOnWindows>, mode: "nat" | "mirrored"): PortOnWindows {
  const isDirect = mode === "mirrored";
  const snapshot = {
    ...FREE_HOST,
    entries: isDirect ? [] : entriesOf(CLAIM),
    claims: [CLAIM],
    isForwarderRunning: true,
    unfinished: [],
  };
  return {
    held: { value: snapshot },
    listeners: { value: [taking("0.0.0.0", 3000, HELPER)] },
    forwarder: { value: { isRunning: true, pid: HELPER } },
    rules: { value: [RULE] },
    policy: { value: { off: [], shut: [], ignoresLocalRules: [] } },
    lans: { value: [{ address: "192.168.1.5", ipv6: null, index: 12, profile: "private" }] },
    profiles: { value: ["private"] },
    hyperV: isDirect
      ? { value: { isLoopbackEnabled: true, mergesHostRules: true, letsInByDefault: false, isEnabled: true } }
      : null,
    hasIpv6: { value: false },
    otherFirewalls: { value: [] },
    // Nothing of it is asked but these: a pure walk runs no program.
    windows: { mode, isModeGuessed: false, wish: null, owner: OWNER } as Windows,
    occupantName: null,
    toGuest: isDirect ? null : { value: true },
    toItself: { value: true },
    toItselfByIpv6: null,
    ...changes,
  };
}

/** What is otherwise. */
export interface Changes {
  readonly mode?: "nat" | "mirrored";
  readonly windows?: Partial<PortOnWindows>;
  readonly facts?: Partial<PortFacts>;
}

/** What `why` makes of it. */
export function explain({ mode = "nat", windows = {}, facts = {} }: Changes): Explanation {
  const socket = listening("0.0.0.0:3000", "node");
  const settings = mergeSettings({}, {}, {
    ephemeralPorts: PortSet.EMPTY,
    holdsAddress: () => false,
    isRoot: false,
  });
  return explainPort({
    port: 3000,
    guestPort: 3000,
    settings,
    opinion: {
      pid: 7,
      reason: null,
      detail: "",
      isForwarding: true,
      udp: null,
      addresses: { open: ["0.0.0.0"], missing: ["::"] },
    },
    guest: { listeners: { value: [socket] }, address: { value: GUEST }, beside: [] },
    sockets: [socket],
    inside: [{ address: "127.0.0.1", isOpen: true }, { address: GUEST, isOpen: true }],
    hosts: null,
    guestFirewall: null,
    host: { value: windowsOf(windows, mode) },
    ...facts,
  });
}
