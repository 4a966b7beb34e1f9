import type { Profile } from "../../plan/claims/opening.ts";
import { splitLines } from "../run/output_text.ts";

/** How the firewall treats our rules in each kind of network. */
export interface FirewallPolicy {
  /** Where it is off: everything gets in. */
  readonly off: readonly Profile[];
  /** Where it keeps out everything, whatever the rules say ("block all incoming connections"). */
  readonly shut: readonly Profile[];
  /** Where rules made on this machine do not count: an administrator's group policy says so. */
  readonly ignoresLocalRules: readonly Profile[];
}

const LOCAL_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy";
const GROUP_KEY = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall";

/** The value names of [MS-GPFAS] 2.2.3: the switch, "no exceptions", and whether local rules count. */
export const FIREWALL_VALUES = ["EnableFirewall", "DoNotAllowExceptions", "AllowLocalPolicyMerge"] as const;

/** What to ask of reg.exe: this machine's own settings, a question for each kind of network. */
export const LOCAL_POLICY_QUERIES: readonly (readonly string[])[] = [
  ["query", `${LOCAL_KEY}\\DomainProfile`],
  ["query", `${LOCAL_KEY}\\StandardProfile`],
  ["query", `${LOCAL_KEY}\\PublicProfile`],
];

/** The same for what group policy says. Where there is none there is no key, and reg.exe says so and exits with 1. */
export const GROUP_POLICY_QUERY: readonly string[] = ["query", GROUP_KEY, "/s"];

/** The last word of a key. On this machine the private profile is called by its name of before Vista. */
const PROFILE_KEYS: Readonly<Record<string, Profile>> = {
  DomainProfile: "domain",
  PrivateProfile: "private",
  StandardProfile: "private",
  PublicProfile: "public",
};

/** The values of one place, by profile. */
export type FirewallSettings = ReadonlyMap<Profile, ReadonlyMap<typeof FIREWALL_VALUES[number], number>>;

/**
 * Reads what reg.exe prints for one of the queries, in any language: a line with a key, then `    NAME    REG_DWORD    0x1`
 * lines of that key. Everything else is passed over.
 */
export function parseFirewallSettings(output: string): FirewallSettings {
  const settings = new Map<Profile, Map<typeof FIREWALL_VALUES[number], number>>();
  let profile: Profile | undefined;
  for (const line of splitLines(output)) {
    if (line.startsWith("HKEY_")) {
      profile = PROFILE_KEYS[line.slice(line.lastIndexOf("\\") + 1).trim()];
      continue;
    }
    const row = /^ {4}(\S+) {4}REG_DWORD {4}0x([0-9a-f]+)\s*$/i.exec(line);
    const name = FIREWALL_VALUES.find((value) => value === row?.[1]);
    if (profile === undefined || name === undefined) continue;
    const values = settings.get(profile) ?? new Map();
    settings.set(profile, values.set(name, parseInt(row![2]!, 16)));
  }
  return settings;
}

/** Joins both places: what group policy says wins ([MS-FASP] 2.2.38, merge laws). Unset: on, rules count. */
export function joinFirewallPolicy(local: FirewallSettings, group: FirewallSettings): FirewallPolicy {
  const at = (profile: Profile, name: typeof FIREWALL_VALUES[number]) =>
    group.get(profile)?.get(name) ?? local.get(profile)?.get(name);
  const where = (name: typeof FIREWALL_VALUES[number], value: number) =>
    (["domain", "private", "public"] as const).filter((profile) => at(profile, name) === value);
  return {
    off: where("EnableFirewall", 0),
    shut: where("DoNotAllowExceptions", 1),
    ignoresLocalRules: where("AllowLocalPolicyMerge", 0),
  };
}
