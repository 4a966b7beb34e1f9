/**
 * What the firewall does to UDP. TCP is judged where it is accepted; for UDP the real program has the socket, so the kernel of
 * Windows' network is told what to let in, by nft(8).
 */
import type { FirewallRule, Switches } from "./model.ts";

/** The wire to the LAN. What comes from the guest is never asked. */
const WIRE = "lan";

/** Tells the kernel after each change of the rules, one change at a time. */
export class UdpFirewall {
  #last = "";
  #work: Promise<void> = Promise.resolve();

  /** Resolves when it holds. */
  follow(rules: readonly FirewallRule[], switches: Switches): Promise<void> {
    const text = writeRuleset(rules, switches);
    if (text === this.#last) return this.#work;
    this.#last = text;
    return this.#work = this.#work.then(() => load(text));
  }
}

/** A ruleset of nft: blocks first, then what is allowed, and the rest stays out. */
export function writeRuleset(rules: readonly FirewallRule[], switches: Switches): string {
  const { networkProfile, firewallOff, firewallShut, ignoresLocalRules } = switches;
  const isDeaf = firewallShut.includes(networkProfile) || ignoresLocalRules.includes(networkProfile);
  const counting = rules.filter((rule) =>
    rule.isEnabled && rule.direction === "in" && rule.protocol !== "tcp" &&
    rule.profiles.includes(networkProfile)
  );
  const lines = (action: "allow" | "block") =>
    counting.filter((rule) => rule.action === action).flatMap((rule) =>
      rule.remoteIps.flatMap(writeRemotes).map((remote) =>
        `${remote}${writePorts(rule)}${action === "allow" ? "accept" : "drop"}`
      )
    );
  const judged = firewallOff.includes(networkProfile)
    ? ["accept"]
    : [...isDeaf ? [] : [...lines("block"), ...lines("allow")], "drop"];
  return [
    "table inet simulated",
    "delete table inet simulated",
    "table inet simulated {",
    "chain input {",
    "type filter hook input priority 0; policy accept;",
    ...judged.map((line) => `iifname "${WIRE}" meta l4proto udp ${line}`),
    "}",
    "}",
  ].join("\n");
}

function writePorts({ localPorts }: FirewallRule): string {
  if (localPorts.length === 0) return "";
  return `udp dport { ${localPorts.map(({ first, last }) => `${first}-${last}`).join(", ")} } `;
}

/** The conditions, of which one is enough: what is said of the local subnet is said of both families. */
function writeRemotes(remote: string): string[] {
  if (remote === "any") return [""];
  if (remote === "localsubnet") return ["ip saddr 192.168.50.0/24 ", "ip6 saddr fd00:50::/64 "];
  return [`ip${remote.includes(":") ? "6" : ""} saddr ${remote} `];
}

async function load(text: string): Promise<void> {
  const child = new Deno.Command("/usr/sbin/nft", { args: ["-f", "-"], stdin: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${text}\n`));
  await writer.close();
  const { code, stderr } = await child.output();
  if (code !== 0) throw new Error(`nft: ${new TextDecoder().decode(stderr)}\n${text}`);
}
