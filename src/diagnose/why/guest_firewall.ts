import { findTrustedProgram } from "../../linux/proc/trusted_program.ts";
import { runCommand } from "../../process/command.ts";

/** How long one program may take, in milliseconds. */
const TIMEOUT_MS = 3000;

/** What in the guest may keep connections out, and the command that lets a port in; null where nothing is known to. */
export interface GuestFirewall {
  /** Its name. */
  readonly name: string;
  /** The command, with PORT for the port. */
  readonly remedy: string;
}

const UFW: GuestFirewall = { name: "ufw", remedy: "sudo ufw allow PORT/tcp" };
const NFTABLES: GuestFirewall = {
  name: "nftables",
  remedy:
    "sudo nft insert rule inet filter input tcp dport PORT accept   (table and chain: sudo nft list ruleset)",
};
const IPTABLES: GuestFirewall = {
  name: "iptables",
  remedy: "sudo iptables -I INPUT -p tcp --dport PORT -j ACCEPT",
};

/**
 * Looks for a firewall of the guest that keeps something out. ufw says so in a file that everybody can read; rules of
 * nftables and iptables only root can read. Never rejects.
 */
export async function findGuestFirewall(): Promise<GuestFirewall | null> {
  if (isUfwEnabled()) return UFW;
  if (Deno.uid() !== 0) return null;
  const [nftables, iptables] = await Promise.all([
    readRules("nft", ["list", "ruleset"]),
    readRules("iptables", ["-S", "INPUT"]),
  ]);
  if (iptables !== null && keepsOutByIptables(iptables)) return IPTABLES;
  return nftables !== null && keepsOutByNftables(nftables) ? NFTABLES : null;
}

/** Whether a chain of `nft list ruleset` that sees what comes in (`hook input`) drops or rejects anything. */
export function keepsOutByNftables(ruleset: string): boolean {
  for (const chain of ruleset.matchAll(/\bchain \S+ \{([^}]*)\}/g)) {
    if (/\bhook input\b/.test(chain[1]!) && /\b(policy drop|drop|reject)\b/.test(chain[1]!)) return true;
  }
  return false;
}

/** Whether the chain that `iptables -S INPUT` prints drops or rejects anything. */
export function keepsOutByIptables(rules: string): boolean {
  return /^-P INPUT DROP$/m.test(rules) || /^-A INPUT .*-j (DROP|REJECT)\b/m.test(rules);
}

function isUfwEnabled(): boolean {
  try {
    return /^ENABLED=yes$/m.test(Deno.readTextFileSync("/etc/ufw/ufw.conf"));
  } catch {
    return false;
  }
}

async function readRules(program: string, args: readonly string[]): Promise<string | null> {
  const { path } = findTrustedProgram(program);
  if (path === null) return null;
  try {
    const { exitCode, stdout } = await runCommand(path, args, { timeoutMs: TIMEOUT_MS, env: {} });
    return exitCode === 0 ? new TextDecoder().decode(stdout) : null;
  } catch {
    return null;
  }
}
