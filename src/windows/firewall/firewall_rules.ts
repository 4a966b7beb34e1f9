import { parsePort } from "../../net/port.ts";
import { type PortRange, PortSet } from "../../net/port_set.ts";
import type { Profile } from "../../plan/claims/opening.ts";
import { FIREWALL_RULES_KEY } from "./firewall_registry.ts";
import { splitLines } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** A rule of the Windows Firewall for inbound TCP, as far as a diagnosis needs it. */
export interface InboundRule {
  /** Not unique. Hostile text. */
  readonly name: string;
  /** Free text; our tag in rules of ours. Hostile text. */
  readonly description: string;
  /** Whether it lets in or keeps out; keeping out wins. */
  readonly isBlock: boolean;
  /** Whether it counts. */
  readonly isActive: boolean;
  /** Null: all. */
  readonly profiles: readonly Profile[] | null;
  /** Null: all. */
  readonly ports: PortSet | null;
  /** Whether it is for one program or service only. */
  readonly isForProgram: boolean;
  /** Whom it is for, as the registry has it: addresses, subnets, `LocalSubnet`; each once. Empty: everybody. Hostile text. */
  readonly peers: readonly string[];
}

/** What to ask of reg.exe: every rule. */
export const QUERY_RULES: readonly string[] = ["query", FIREWALL_RULES_KEY];

const PROFILES: Readonly<Record<string, Profile>> = {
  Domain: "domain",
  Private: "private",
  Public: "public",
};

/**
 * Reads the rules for inbound TCP out of what reg.exe printed for {@link QUERY_RULES}, by the grammar of [MS-GPFAS]
 * 2.2.2.19: `v2.31|key=value|…`, in any order, some keys repeated. Throws OutputSyntaxError where there is no key.
 */
export function parseInboundRules(output: string): InboundRule[] {
  if (!/^HKEY_LOCAL_MACHINE\\/m.test(output)) {
    throw new OutputSyntaxError("reg query FirewallRules", 0, "the key of the firewall's rules");
  }
  return splitLines(output).flatMap((line) => {
    const value = /^ {4}\S.*? {4}REG_SZ {4}v\d+\.\d+\|(.*)$/.exec(line);
    const rule = value === null ? null : readRule(value[1]!);
    return rule === null ? [] : [rule];
  });
}

function readRule(text: string): InboundRule | null {
  const fields = new Map<string, string[]>();
  for (const field of text.split("|")) {
    const equals = field.indexOf("=");
    if (equals <= 0) continue;
    const name = field.slice(0, equals), value = field.slice(equals + 1);
    fields.set(name, [...fields.get(name) ?? [], value]);
  }
  const first = (name: string) => fields.get(name)?.[0] ?? "";
  const protocol = first("Protocol");
  if (first("Dir") !== "In" || (protocol !== "" && protocol !== "6" && protocol !== "256")) return null;
  const profiles = (fields.get("Profile") ?? []).flatMap((word) => PROFILES[word] ?? []);
  return {
    name: first("Name"),
    description: first("Desc"),
    isBlock: first("Action") === "Block",
    isActive: first("Active").toUpperCase() === "TRUE",
    profiles: profiles.length === 0 ? null : profiles,
    ports: readPorts([...fields.get("LPort") ?? [], ...fields.get("LPort2_10") ?? []]),
    isForProgram: fields.has("App") || fields.has("Svc") || fields.has("AppPkgId"),
    peers: [...new Set(["RA4", "RA6", "RA42", "RA62"].flatMap((name) => fields.get(name) ?? []))],
  };
}

/** Null for every port. A word such as `RPC` stands for ports that are not told: for none. */
function readPorts(words: readonly string[]): PortSet | null {
  if (words.length === 0) return null;
  const ranges = words.flatMap((word): PortRange[] => {
    const [firstText, lastText = firstText] = word.split("-");
    const first = parsePort(firstText!), last = parsePort(lastText!);
    return first !== null && last !== null && first <= last ? [{ first, last }] : [];
  });
  return new PortSet(ranges);
}
