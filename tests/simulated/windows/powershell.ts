/** powershell.exe, for exactly the commands that wslfwd gives it. */
import type { Call } from "./calls.ts";
import { readLiteral, readWslArguments } from "./command_line.ts";
import { compile } from "./compilers.ts";
import { answerContract } from "./contract/powershell_commands.ts";
import type { Switches } from "./model.ts";
import { LAN_IPV6, SUBNETS } from "./sockets.ts";
import type { Answer } from "./programs.ts";
import type { SimulatedWindows } from "./windows.ts";
import { Refusal } from "./words.ts";

const CATEGORIES = { domain: "DomainAuthenticated", private: "Private", public: "Public" } as const;

const ADAPTERS = [
  "Get-NetConnectionProfile | Select-Object InterfaceIndex,NetworkCategory",
  "Get-NetIPAddress | Select-Object InterfaceIndex,IPAddress,AddressState,SuffixOrigin",
  "Get-NetAdapter | Select-Object InterfaceIndex,HardwareInterface,InterfaceAlias",
].map((query) => `${query} | ConvertTo-Csv -NoTypeInformation`).join("; ");

const HYPER_V = "Get-NetFirewallHyperVVMSetting -PolicyStore ActiveStore " +
  "-Name '{40E0AC32-46A5-438A-A0B2-2B479E8F2E90}' | Format-List";

const FIREWALLS = "Get-CimInstance -Namespace root/SecurityCenter2 -ClassName FirewallProduct" +
  " | Select-Object productState,displayName | ConvertTo-Csv -NoTypeInformation";

/** Runs one of the known commands. Words of enumerations and booleans are the same in every language. */
export function runPowershell(
  args: readonly string[],
  machine: SimulatedWindows,
  call: Call,
): Answer | Promise<Answer> {
  const [noProfile, kind, command] = args;
  if (args.length !== 3 || noProfile !== "-NoProfile") throw new Refusal();
  if (kind === "-EncodedCommand") {
    const script = decodeScript(command!);
    const types = ADD_TYPE.exec(script);
    // Constrained: a policy lets no type be added (assumed: its message is not read).
    if (types !== null && machine.switches.constrainsPowershell) {
      return { stdout: "", stderr: "Add-Type", exitCode: 1 };
    }
    return types === null ? startElevated(script, machine) : compile(types[1]!, types[2]!, machine);
  }
  if (kind !== "-Command") throw new Refusal();
  switch (command) {
    case ADAPTERS:
      return { stdout: showAdapters(machine.switches), exitCode: 0 };
    case HYPER_V:
      return { stdout: showHyperV(machine), exitCode: 0 };
    case FIREWALLS:
      return { stdout: showFirewalls(machine.switches.otherFirewall), exitCode: 0 };
    default: {
      const answer = answerContract(command!, machine, call);
      if (answer === null) throw new Refusal();
      return answer;
    }
  }
}

const ADD_TYPE =
  /^\$ErrorActionPreference = 'Stop'\nAdd-Type -Path '([^']+)' -OutputAssembly '([^']+)' -OutputType ConsoleApplication$/;

/** A Wi-Fi, a VPN and the virtual switch to the guest. Which columns ConvertTo-Csv quotes is Microsoft's document: all. */
function showAdapters({ networkProfile, otherProfile, hasIpv6 }: Switches): string {
  const [lan, wsl] = SUBNETS;
  const address = (index: string, text: string, suffixOrigin = "Dhcp") => [
    index,
    text,
    "Preferred",
    suffixOrigin,
  ];
  const six = [
    address("12", "fe80::51ac:7ee4:ae3f:7be3%12", "Link"),
    address("12", "fd00:50::8d3:4f2a:91c7:5be0", "Random"),
    address("12", LAN_IPV6, "Link"),
  ];
  const others = otherProfile === null
    ? []
    : [["22", CATEGORIES[otherProfile]], ["31", CATEGORIES[otherProfile]]];
  const tables = [
    [["InterfaceIndex", "NetworkCategory"], ...others, ["12", CATEGORIES[networkProfile]]],
    [
      ["InterfaceIndex", "IPAddress", "AddressState", "SuffixOrigin"],
      ...(hasIpv6 ? six : []),
      address("1", "::1", "WellKnown"),
      address("1", "127.0.0.1", "WellKnown"),
      address("22", "10.8.0.6"),
      address("31", wsl!.address, "Manual"),
      address("12", lan!.address),
    ],
    [
      ["InterfaceIndex", "HardwareInterface", "InterfaceAlias"],
      ["22", "False", "OpenVPN TAP-Windows6"],
      ["31", "False", "vEthernet (WSL (Hyper-V firewall))"],
      ["12", "True", "Wi-Fi"],
    ],
  ];
  return tables.flat().map((row) => `${row.map((cell) => `"${cell}"`).join(",")}\r\n`).join("");
}

/** Recorded: tests/recorded/hyperv-vmsetting-en-merge.txt. */
function showHyperV({ switches: { hyperVLoopback, mergesHostPolicy } }: SimulatedWindows): string {
  const truth = (value: boolean) => value ? "True" : "False";
  const rows = [
    ["Name", "{40E0AC32-46A5-438A-A0B2-2B479E8F2E90}"],
    ["Enabled", "True"],
    ["DefaultInboundAction", "Block"],
    ["DefaultOutboundAction", "Allow"],
    ["LoopbackEnabled", truth(hyperVLoopback)],
    ["AllowHostPolicyMerge", truth(mergesHostPolicy)],
  ];
  return `\r\n${rows.map(([name, value]) => `${name!.padEnd(21)} : ${value}\r\n`).join("")}\r\n`;
}

/** Assumed: the state of a product that is on is 0x41000 (266240). */
function showFirewalls(name: string | null): string {
  return name === null ? "" : `"productState","displayName"\r\n"266240","${name}"\r\n`;
}

function decodeScript(encoded: string): string {
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return new TextDecoder("utf-16le", { fatal: true }).decode(bytes);
}

/** Plays `Start-Process wsl.exe -Verb RunAs`: what the user answers is a switch. Throws Refusal for any other script. */
function startElevated(script: string, machine: SimulatedWindows): Answer {
  const lines = script.split("\n");
  const start = lines.findIndex((line) => line.startsWith("  Start-Process -FilePath "));
  const end = lines.indexOf("  '0'");
  const frame = [...lines.slice(0, start), ...lines.slice(end)].join("\n");
  if (start < 0 || frame !== FRAME) throw new Refusal(`script ${script}`);
  const file = readLiteral(lines.slice(start, end).join("\n").slice("  Start-Process -FilePath ".length));
  const words = " -Verb RunAs -ArgumentList ";
  const argument = file?.rest.startsWith(words) ? readLiteral(file.rest.slice(words.length)) : null;
  if (argument === null || argument.rest !== "" || file!.text !== "C:\\Windows\\System32\\wsl.exe") {
    throw new Refusal(`script ${script}`);
  }
  const wsl = readWslArguments(argument.text);
  if (wsl === null) throw new Refusal(`wsl.exe ${argument.text}`);
  switch (machine.switches.consent) {
    case "refused":
      return { stdout: "1223\r\n", exitCode: 0 };
    case "cannot-ask":
      return { stdout: "1260\r\n", exitCode: 0 };
    case "given":
      machine.noteLaunch({ ...wsl, isElevated: true, isHidden: false });
      return { stdout: "0\r\n", exitCode: 0 };
  }
}

/** The script without its one line that differs. */
const FRAME = `$ErrorActionPreference = 'Stop'
try {
  '0'
} catch {
  $code = -1
  for ($e = $_.Exception; $e; $e = $e.InnerException) { if ($e.NativeErrorCode) { $code = $e.NativeErrorCode } }
  $refusal = (New-Object ComponentModel.Win32Exception 1223).Message
  if ($_.Exception.Message.Contains($refusal)) { $code = 1223 }
  "$code"
}`;
