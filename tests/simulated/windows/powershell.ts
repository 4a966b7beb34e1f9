/** powershell.exe, for exactly the commands that wslfwd gives it. */
import type { Answer } from "./programs.ts";
import type { SimulatedWindows } from "./windows.ts";
import { Refusal } from "./words.ts";

const CATEGORIES = { domain: "DomainAuthenticated", private: "Private", public: "Public" } as const;

const HYPER_V = "(Get-NetFirewallHyperVVMSetting -PolicyStore ActiveStore " +
  "-Name '{40E0AC32-46A5-438A-A0B2-2B479E8F2E90}').LoopbackEnabled";

/** Runs one of the known commands. Words of enumerations and booleans are the same in every language. */
export function runPowershell(args: readonly string[], machine: SimulatedWindows): Answer {
  const { networkProfile, hyperVLoopback } = machine.switches;
  const [noProfile, kind, command] = args;
  if (args.length !== 3 || noProfile !== "-NoProfile" || kind !== "-Command") throw new Refusal();
  switch (command) {
    case "(Get-NetConnectionProfile).NetworkCategory":
      return { stdout: `${CATEGORIES[networkProfile]}\r\n`, exitCode: 0 };
    case HYPER_V:
      return { stdout: hyperVLoopback ? "True\r\n" : "False\r\n", exitCode: 0 };
    default:
      throw new Refusal();
  }
}
