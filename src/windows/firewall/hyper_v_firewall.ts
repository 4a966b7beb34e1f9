import { splitLines } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** What Hyper-V's firewall calls WSL. */
const WSL_CREATOR = "{40E0AC32-46A5-438A-A0B2-2B479E8F2E90}";

/** What Hyper-V's firewall, which stands before a guest in mirrored mode, has set for WSL. */
export interface HyperVSettings {
  /** Whether Windows itself may reach the guest by loopback. */
  readonly isLoopbackEnabled: boolean;
  /** Whether the rules of Windows' own firewall count for the guest, too; where they do not, ours are void. */
  readonly mergesHostRules: boolean;
  /** Whether it lets in what no rule is about. */
  readonly letsInByDefault: boolean;
  /** Whether it is on at all. */
  readonly isEnabled: boolean;
}

/** The start of a command that changes a setting; for people to copy. */
export const SET_HYPER_V = `Set-NetFirewallHyperVVMSetting -Name '${WSL_CREATOR}'`;

/** What to ask of powershell.exe. The setting in force (ActiveStore), not the one that somebody wrote. Windows 11. */
export function hyperVWords(): string[] {
  const query = `Get-NetFirewallHyperVVMSetting -PolicyStore ActiveStore -Name '${WSL_CREATOR}'`;
  return ["-NoProfile", "-Command", `${query} | Format-List`];
}

/**
 * Reads what powershell.exe prints for {@link hyperVWords}: `Name : Value` lines; neither names nor values are translated. What
 * is not told is as usual. Throws OutputSyntaxError where loopback is not told.
 */
export function parseHyperVSettings(output: string): HyperVSettings {
  const rows = splitLines(output).flatMap((line) => {
    const [, name, value] = /^([A-Za-z]+) *: *(\S+)\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value!] as const];
  });
  const values = new Map(rows), loopback = values.get("LoopbackEnabled");
  if (loopback === undefined) {
    throw new OutputSyntaxError("Get-NetFirewallHyperVVMSetting", 0, "the settings for WSL");
  }
  return {
    isLoopbackEnabled: loopback !== "False",
    mergesHostRules: values.get("AllowHostPolicyMerge") !== "False",
    letsInByDefault: values.get("DefaultInboundAction") === "Allow",
    isEnabled: values.get("Enabled") !== "False",
  };
}

/** Whether our rules are void in mirrored mode: Hyper-V's firewall keeps everybody out, and no rule of Windows' counts there. */
export function isShutByHyperV(settings: HyperVSettings): boolean {
  return settings.isEnabled && !settings.mergesHostRules && !settings.letsInByDefault;
}
