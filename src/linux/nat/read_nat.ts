import { messageOf, runCommand } from "../../process/command.ts";
import { findTrustedProgram } from "../proc/trusted_program.ts";
import { parseIptablesSave } from "./iptables_rules.ts";
import { type NatHooks, readNatHooks } from "./nat_hooks.ts";
import type { NatTable } from "./nat_rules.ts";
import { parseNftRuleset } from "./nft_rules.ts";

/** How long a program that lists rules may take, in milliseconds: with tens of thousands of rules it takes seconds. */
const TIMEOUT_MS = 10_000;

/** A program that lists rules, the names that it goes by in order of preference. */
interface Lister {
  readonly names: readonly string[];
  readonly args: readonly string[];
  readonly parse: (text: string) => readonly NatTable[];
}

const OF_IPTABLES = (text: string) => [parseIptablesSave(text)];
const NFT: Lister = { names: ["nft"], args: ["-j", "list", "ruleset"], parse: parseNftRuleset };
const IPTABLES: Lister = {
  names: ["iptables-nft-save", "iptables-save"],
  args: ["-t", "nat"],
  parse: OF_IPTABLES,
};
const LEGACY: Lister = {
  names: ["iptables-legacy-save", "iptables-save"],
  args: ["-t", "nat"],
  parse: OF_IPTABLES,
};

/** What was read of the guest's NAT. */
export interface NatRead {
  /** Its tables for connections from outside, in the order in which the kernel goes through them. */
  readonly tables: readonly NatTable[];
  /** Whether changes of it are told of by the kernel: those of the older iptables are not. */
  readonly isTold: boolean;
}

/**
 * Reads the rules of NAT by the programs that are there; where there is no NAT, starts none. Takes CAP_NET_ADMIN. Throws
 * Error, in one line, where there are rules and none of the programs tells them.
 */
export async function readNat(signal?: AbortSignal): Promise<NatRead> {
  let hooks: NatHooks;
  try {
    hooks = readNatHooks();
  } catch (error) {
    throw new Error(`the rules of NAT cannot be listed: ${messageOf(error)}`, { cause: error });
  }
  const { hasLegacy, hasIptables, hasNft } = hooks;
  const listers = [...hasLegacy ? [LEGACY] : [], ...hasIptables ? [IPTABLES] : [], ...hasNft ? [NFT] : []];
  const tables = await Promise.all(listers.map((lister) => list(lister, signal)));
  return { tables: tables.flat(), isTold: !hasLegacy };
}

async function list({ names, args, parse }: Lister, signal?: AbortSignal): Promise<readonly NatTable[]> {
  const path = names.map((name) => findTrustedProgram(name).path).find((found) => found !== null);
  // A table of the name `nat` can be anybody's: where no iptables is installed, it was not iptables that made it.
  if (path === undefined && names === IPTABLES.names) return await list(NFT, signal);
  if (path === undefined) {
    throw new Error(`the rules of NAT cannot be listed: ${names.at(-1)} is not installed`);
  }
  // A link to one program that is many, and goes by the name that it is called by, or by its first argument.
  const words = /\/xtables-\w+-multi$/.test(path) ? ["iptables-save", ...args] : args;
  const result = await runCommand(path, words, { timeoutMs: TIMEOUT_MS, signal, env: { LC_ALL: "C" } });
  if (result.exitCode !== 0) throw new Error(`${path} ended with exit status ${result.exitCode}`);
  return parse(new TextDecoder().decode(result.stdout));
}
