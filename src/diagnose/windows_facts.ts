import type { HostSnapshot } from "../contracts/host.ts";
import type { HostListener } from "../plan/host_view.ts";
import type { Profile } from "../plan/opening.ts";
import { curlWords, parseCurlConnect } from "../windows/run/curl_connect.ts";
import {
  type FirewallPolicy,
  GROUP_POLICY_QUERY,
  joinFirewallPolicy,
  LOCAL_POLICY_QUERIES,
  parseFirewallSettings,
} from "../windows/firewall/firewall_policy.ts";
import { type InboundRule, parseInboundRules, QUERY_RULES } from "../windows/firewall/firewall_rules.ts";
import { parseLanAddress, PRINT_ROUTES } from "../windows/network/lan_address.ts";
import { GET_NETWORK_CATEGORY, parseNetworkProfiles } from "../windows/network/network_profile.ts";
import { decodeOutput } from "../windows/run/output_text.ts";
import { readProcessName } from "../windows/run/process_name.ts";
import { parseServiceState, type ServiceState } from "../windows/network/service_state.ts";
import { parseWindowsListeners } from "../windows/network/windows_listeners.ts";
import type { WindowsPrograms } from "../wsl/windows_programs.ts";
import type { Windows } from "../daemon/open/open_windows.ts";
import { type Attempt, attempt, valueOf } from "./attempt.ts";

/** How long one program may take, and all that one read needs, in milliseconds. powershell.exe can take many seconds. */
const PROGRAM_MS = 10_000, POWERSHELL_MS = 20_000, READ_MS = 25_000;

/** What is known of Windows that concerns every port. */
export interface WindowsFacts {
  /** Entries, claims and reserved ports. */
  readonly held: Attempt<HostSnapshot>;
  /** Everything that listens on Windows, IP Helper included. */
  readonly listeners: Attempt<readonly HostListener[]>;
  /** IP Helper. */
  readonly forwarder: Attempt<ServiceState>;
  /** The rules of the firewall for inbound TCP, whoever made them. */
  readonly rules: Attempt<readonly InboundRule[]>;
  /** How the firewall treats rules. */
  readonly policy: Attempt<FirewallPolicy>;
  /** What Windows takes its networks for. */
  readonly profiles: Attempt<readonly Profile[]>;
  /** The address that others type; null where Windows is in no network. */
  readonly lanAddress: Attempt<string | null>;
}

/** Asks Windows, side by side. Never rejects. */
export async function readWindowsFacts({ programs, host }: Windows): Promise<WindowsFacts> {
  const read = <T>(program: string, args: readonly string[], parse: (output: string) => T) =>
    attempt(async () => parse((await runProgram(programs, program, args)).stdout), READ_MS);
  const [held, listeners, forwarder, rules, policy, profiles, lanAddress] = await Promise.all([
    attempt(() => host.snapshot(), READ_MS),
    read("netstat.exe", ["-ano", "-p", "TCP"], parseWindowsListeners),
    read("sc.exe", ["queryex", "iphlpsvc"], parseServiceState),
    read("reg.exe", QUERY_RULES, parseInboundRules),
    attempt(() => readPolicy(programs), READ_MS),
    read("WindowsPowerShell/v1.0/powershell.exe", GET_NETWORK_CATEGORY, parseNetworkProfiles),
    read("route.exe", PRINT_ROUTES, parseLanAddress),
  ]);
  return { held, listeners, forwarder, rules, policy, profiles, lanAddress };
}

/** Whether Windows can connect to an address and port: a real connection, by its curl.exe. Never rejects. */
export function connectFromWindows(
  programs: WindowsPrograms,
  address: string,
  port: number,
): Promise<Attempt<boolean>> {
  const words = curlWords(address, port);
  return attempt(
    async () => parseCurlConnect((await runProgram(programs, "curl.exe", words, isAnyStatus)).stdout),
    READ_MS,
  );
}

/** The name of a process of Windows; null where it cannot be told. Never rejects. Hostile text. */
export async function findProcessName(programs: WindowsPrograms, pid: number): Promise<string | null> {
  return valueOf(await attempt(() => readProcessName(programs, pid, PROGRAM_MS), READ_MS));
}

/** Reads how the firewall treats rules. Throws where this machine's own settings cannot be read. */
async function readPolicy(programs: WindowsPrograms): Promise<FirewallPolicy> {
  const ask = (words: readonly string[]) => runProgram(programs, "reg.exe", words, isAnyStatus);
  const [group, ...local] = await Promise.all([GROUP_POLICY_QUERY, ...LOCAL_POLICY_QUERIES].map(ask));
  if (local.some(({ exitCode }) => exitCode !== 0)) {
    throw new Error("reg.exe does not show the firewall's settings");
  }
  const settings = parseFirewallSettings(local.map(({ stdout }) => stdout).join("\r\n"));
  return joinFirewallPolicy(settings, parseFirewallSettings(group!.stdout));
}

async function runProgram(
  programs: WindowsPrograms,
  program: string,
  args: readonly string[],
  isFine: (exitCode: number) => boolean = (exitCode) => exitCode === 0,
): Promise<{ exitCode: number; stdout: string }> {
  const timeoutMs = program.endsWith("powershell.exe") ? POWERSHELL_MS : PROGRAM_MS;
  const { exitCode, stdout } = await programs.run(program, args, timeoutMs);
  if (!isFine(exitCode)) throw new Error(`${program} ended with exit status ${exitCode}`);
  return { exitCode, stdout: decodeOutput(stdout) };
}

function isAnyStatus(): boolean {
  return true;
}
