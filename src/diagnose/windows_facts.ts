import type { HostSnapshot } from "../contracts/host.ts";
import type { HostListener } from "../plan/desired/host_view.ts";
import type { Profile } from "../plan/claims/opening.ts";
import { curlWords, parseCurlConnect } from "../windows/run/curl_connect.ts";
import {
  type FirewallPolicy,
  GROUP_POLICY_QUERY,
  joinFirewallPolicy,
  LOCAL_POLICY_QUERIES,
  parseFirewallSettings,
} from "../windows/firewall/firewall_policy.ts";
import {
  type HyperVSettings,
  hyperVWords,
  parseHyperVSettings,
} from "../windows/firewall/hyper_v_firewall.ts";
import { parseOtherFirewalls, SHOW_FIREWALLS } from "../windows/firewall/other_firewalls.ts";
import { type InboundRule, parseInboundRules, QUERY_RULES } from "../windows/firewall/firewall_rules.ts";
import { type Adapter, parseAdapters, SHOW_ADAPTERS } from "../windows/network/adapters.ts";
import { chooseLans, type Lan } from "../windows/network/lan_address.ts";
import { profilesOf } from "../windows/network/exposure.ts";
import { parseRoutes, PRINT_ROUTES, type Route } from "../windows/network/routes.ts";
import { EndError } from "../windows/run/describe_end.ts";
import { decodeOutput } from "../windows/run/output_text.ts";
import { readProcessName } from "../windows/run/process_name.ts";
import { parseServiceState, type ServiceState } from "../windows/network/service_state.ts";
import { parseWindowsListeners, SHOW_LISTENERS } from "../windows/network/windows_listeners.ts";
import type { WindowsPrograms } from "../wsl/windows_programs.ts";
import { readIpv6, type Windows } from "../daemon/open/open_windows.ts";
import { type Attempt, attempt, valueOf } from "./attempt.ts";

const POWERSHELL = "WindowsPowerShell/v1.0/powershell.exe";

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
  /** The networks in which others may reach Windows, the best first. */
  readonly lans: Attempt<readonly Lan[]>;
  /** What Windows takes them for, each once. */
  readonly profiles: Attempt<readonly Profile[]>;
  /** Whether it has IPv6 on its LANs. */
  readonly hasIpv6: Attempt<boolean>;
  /** What Hyper-V's firewall has set; null in modes in which nothing asks it about what comes in. */
  readonly hyperV: Attempt<HyperVSettings> | null;
  /** Firewalls other than Windows' own. Hostile text. */
  readonly otherFirewalls: Attempt<readonly string[]>;
}

/** Asks Windows, side by side. Never rejects. */
export async function readWindowsFacts({ programs, host, mode }: Windows): Promise<WindowsFacts> {
  const read = <T>(program: string, args: readonly string[], parse: (output: string) => T) =>
    attempt(async () => parse((await runProgram(programs, program, args)).stdout), READ_MS);
  const [held, listeners, forwarder, rules, policy, adapters, routes, hasIpv6, hyperV, otherFirewalls] =
    await Promise.all([
      attempt(() => host.snapshot(), READ_MS),
      read("netstat.exe", SHOW_LISTENERS, parseWindowsListeners),
      read("sc.exe", ["queryex", "iphlpsvc"], parseServiceState),
      read("reg.exe", QUERY_RULES, parseInboundRules),
      attempt(() => readPolicy(programs), READ_MS),
      read(POWERSHELL, SHOW_ADAPTERS, parseAdapters),
      read("route.exe", PRINT_ROUTES, parseRoutes),
      attempt(() => readIpv6(programs), READ_MS),
      mode !== "mirrored" ? null : read(POWERSHELL, hyperVWords(), parseHyperVSettings),
      read(POWERSHELL, SHOW_FIREWALLS, parseOtherFirewalls),
    ]);
  const lans = joinLans(routes, adapters);
  return { held, listeners, forwarder, rules, policy, ...lans, hasIpv6, hyperV, otherFirewalls };
}

/** The networks by what could be read; what Windows takes them for only where it told. */
function joinLans(
  routes: Attempt<readonly Route[]>,
  adapters: Attempt<readonly Adapter[]>,
): Pick<WindowsFacts, "lans" | "profiles"> {
  if ("error" in routes) return { lans: routes, profiles: routes };
  const lans = chooseLans(routes.value, valueOf(adapters));
  if ("error" in adapters) return { lans: { value: lans }, profiles: adapters };
  const isTold = lans.every(({ profile }) => profile !== null);
  return {
    lans: { value: lans },
    profiles: isTold ? { value: profilesOf(lans) } : { error: "Windows does not say what it takes it for" },
  };
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
  const result = await programs.run(program, args, timeoutMs);
  if (!isFine(result.exitCode)) throw new EndError(result);
  return { exitCode: result.exitCode, stdout: decodeOutput(result.stdout) };
}

function isAnyStatus(): boolean {
  return true;
}
