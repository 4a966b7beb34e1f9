/** The firewall's settings in the registry, by [MS-GPFAS] 2.2.3. Which other values stand beside them is assumed. */
import type { Profile } from "./model.ts";
import type { Answer } from "./programs.ts";
import { TEXTS } from "./texts.ts";
import type { SimulatedWindows } from "./windows.ts";
import { Refusal } from "./words.ts";

const LOCAL = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy";
const GROUP = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall";
const LOCAL_NAMES: Readonly<Record<string, Profile>> = {
  DomainProfile: "domain",
  StandardProfile: "private",
  PublicProfile: "public",
};
const GROUP_NAMES: Readonly<Record<Profile, string>> = {
  domain: "DomainProfile",
  private: "PrivateProfile",
  public: "PublicProfile",
};

/** Runs `reg.exe query` of a profile's own settings, or of all that group policy says. Throws Refusal for other keys. */
export function queryFirewallSettings(
  key: string,
  options: readonly string[],
  machine: SimulatedWindows,
): Answer {
  const { firewallOff, firewallShut, ignoresLocalRules, language } = machine.switches;
  if (key === GROUP && options.join(" ") === "/s") {
    if (ignoresLocalRules.length === 0) {
      return { stdout: "", stderr: `${TEXTS[language].registryNotFound}\r\n\r\n`, exitCode: 1 };
    }
    const parts = ignoresLocalRules.map((profile) =>
      showKey(`${GROUP}\\${GROUP_NAMES[profile]}`, { AllowLocalPolicyMerge: 0 })
    );
    return { stdout: `${showKey(GROUP, { PolicyVersion: 0x21f })}${parts.join("")}`, exitCode: 0 };
  }
  const profile = key.startsWith(`${LOCAL}\\`) ? LOCAL_NAMES[key.slice(LOCAL.length + 1)] : undefined;
  if (profile === undefined || options.length > 0) throw new Refusal();
  const stdout = showKey(key, {
    DisableNotifications: 0,
    EnableFirewall: firewallOff.includes(profile) ? 0 : 1,
    DoNotAllowExceptions: firewallShut.includes(profile) ? 1 : 0,
  });
  return { stdout: `${stdout}${fullName(key)}\\Logging\r\n`, exitCode: 0 };
}

function showKey(key: string, values: Readonly<Record<string, number>>): string {
  const rows = Object.entries(values).map(([name, value]) =>
    `    ${name}    REG_DWORD    0x${value.toString(16)}\r\n`
  );
  return `\r\n${fullName(key)}\r\n${rows.join("")}\r\n`;
}

function fullName(key: string): string {
  return key.replace("HKLM", "HKEY_LOCAL_MACHINE");
}
