import { splitLines } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** What Hyper-V's firewall calls WSL. */
const WSL_CREATOR = "{40E0AC32-46A5-438A-A0B2-2B479E8F2E90}";

/** What Hyper-V's firewall, which stands before a guest in mirrored mode, has set for WSL. */
export interface HyperVSettings {
  /** Whether Windows itself may reach the guest by loopback. */
  readonly isLoopbackEnabled: boolean;
}

/** What to ask of powershell.exe. The setting in force (ActiveStore), not the one that somebody wrote. Windows 11. */
export function hyperVWords(): string[] {
  const name = `Get-NetFirewallHyperVVMSetting -PolicyStore ActiveStore -Name '${WSL_CREATOR}'`;
  return ["-NoProfile", "-Command", `(${name}).LoopbackEnabled`];
}

/** Reads what powershell.exe prints for {@link hyperVWords}: `True` or `False`, which is not translated. Throws OutputSyntaxError. */
export function parseHyperVSettings(output: string): HyperVSettings {
  const word = splitLines(output).map((line) => line.trim()).find((line) => line !== "");
  if (word !== "True" && word !== "False") {
    throw new OutputSyntaxError("Get-NetFirewallHyperVVMSetting", 0, "True or False");
  }
  return { isLoopbackEnabled: word === "True" };
}
