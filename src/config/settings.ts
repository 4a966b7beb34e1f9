/** What the user says by options and in the config file, and the settings that follow from both. */
import type { PortSet } from "../net/port_set.ts";
import { PUBLISHED_KINDS, type PublishedKind } from "../net/published.ts";
import { DEFAULT_POLICY, type Policy, type PortMap } from "../plan/desired/policy.ts";
import type { FirewallScope } from "../plan/claims/opening.ts";
import type { LoopbackChoice } from "../plan/loopback/loopback_policy.ts";
import { warnOfLoopback } from "./loopback_settings.ts";
import { mergePolicy, portsOf } from "./merge_policy.ts";
import type { HelperChoice, MODES, OnlyPorts, PortWords, REALTIME_CHOICES } from "./values.ts";

/** `auto` follows the listeners; `manual` looks once. */
export type Mode = typeof MODES[number];

/** Which engine watches the kernel. `auto`: the best there is, else polling; `require`: the best there is, else end. */
export type RealtimeChoice = typeof REALTIME_CHOICES[number];

/** What one source (the options, or the config file) says. What is undefined was not said. */
export interface Choices {
  /** `--mode`. */
  readonly mode?: Mode | undefined;
  /** `--interval`, in milliseconds. */
  readonly intervalMs?: number | undefined;
  /** `--linger`, in milliseconds. */
  readonly lingerMs?: number | undefined;
  /** `--realtime`; false: `off`. */
  readonly realtime?: RealtimeChoice | false | undefined;
  /** `--allow`. */
  readonly allowPrograms?: readonly string[] | undefined;
  /** `--disallow`. */
  readonly denyPrograms?: readonly string[] | undefined;
  /** `--allow-port`. */
  readonly allowPorts?: PortWords | undefined;
  /** `--disallow-port`. */
  readonly denyPorts?: PortWords | undefined;
  /** `--port`. */
  readonly fixedPorts?: PortSet | undefined;
  /** `--udp`. */
  readonly udp?: boolean | undefined;
  /** `--udp-port`. */
  readonly fixedUdpPorts?: PortSet | undefined;
  /** `--published`. */
  readonly published?: readonly PublishedKind[] | undefined;
  /** `--helper`. */
  readonly helper?: HelperChoice | undefined;
  /** `--map`; no two with the same host port. */
  readonly portMaps?: readonly PortMap[] | undefined;
  /** `--only`, and ports without an option before them. */
  readonly only?: OnlyPorts | undefined;
  /** `--loopback`. */
  readonly loopback?: readonly LoopbackChoice[] | undefined;
  /** `--loopback-code`. */
  readonly codePorts?: PortSet | undefined;
  /** `--windows-ip`: canonical addresses of either family, each once. */
  readonly windowsIps?: readonly string[] | undefined;
  /** `--ipv4-only`. */
  readonly ipv4Only?: boolean | undefined;
  /** `--wsl-ip`: canonical IPv4; null (only in a config file): found anew at each start. */
  readonly wslIp?: string | null | undefined;
  /** `--profile`. */
  readonly profiles?: FirewallScope["profiles"] | undefined;
  /** `--remote-ip`. */
  readonly remoteIps?: readonly string[] | undefined;
  /** `--ignore-exception`. */
  readonly ignoreException?: boolean | undefined;
  /** `--no-cleanup`. */
  readonly noCleanup?: boolean | undefined;
}

/** Everything that the options say. */
export interface Flags extends Choices {
  /** `--clean-rules`. */
  readonly cleanRules?: boolean | undefined;
  /** `--all`: with `cleanRules` only. */
  readonly all?: boolean | undefined;
  /** `--gen-config`. */
  readonly genConfig?: boolean | undefined;
  /** `--config`: a path as given. */
  readonly configPath?: string | undefined;
  /** `--verbose`. */
  readonly verbose?: boolean | undefined;
  /** `--log`: an absolute path. */
  readonly logPath?: string | undefined;
  /** `--report`: a path as given. */
  readonly reportPath?: string | undefined;
  /** `--try`. */
  readonly isTrial?: boolean | undefined;
  /** `--elevate`. */
  readonly elevate?: boolean | undefined;
  /** `--dry-run`. */
  readonly dryRun?: boolean | undefined;
  /** `--yes`. */
  readonly yes?: boolean | undefined;
  /** `--page`: its port. */
  readonly page?: number | undefined;
  /** `--json`. */
  readonly json?: boolean | undefined;
}

/** What wslfwd goes by. */
export interface Settings {
  /** What is to be reachable, and by whom. */
  readonly policy: Policy;
  /**
   * The ports on Windows that the user named: each is worth a word where it is not open. Null: the user named none, and what
   * listens decides.
   */
  readonly requested: PortSet | null;
  /** Whether nothing else is to be open (`--only`), or be told of. */
  readonly isOnly: boolean;
  /** Follow the listeners, or look once. */
  readonly mode: Mode;
  /** Between two looks where nothing tells of changes, in milliseconds. */
  readonly intervalMs: number;
  /** How long a rule outlives its listener, in milliseconds. */
  readonly lingerMs: number;
  /**
   * Whether to watch the kernel, and by what. Never wanted in manual mode. `isAsked`: the user said so; else it is worth no word
   * where it does not work.
   */
  readonly realtime: {
    readonly wanted: boolean;
    readonly isAsked: boolean;
    readonly choice: RealtimeChoice;
  };
  /** Whether UDP is looked at. */
  readonly udp: boolean;
  /** Which ports without a socket count. */
  readonly published: readonly PublishedKind[];
  /** What our program on Windows may do. It is started only where there is something for it to do. */
  readonly helper: HelperChoice;
  /** The guest's address that the user named; null: find it. */
  readonly wslIp: string | null;
  /** Whether errors that would end wslfwd are retried instead. */
  readonly ignoreException: boolean;
  /** Whether our rules go when wslfwd ends. */
  readonly cleanup: boolean;
  /** Whether to print JSON. */
  readonly json: boolean;
  /** The port of the page for a phone; null for none. */
  readonly page: number | null;
  /** Whether to change nothing. */
  readonly dryRun: boolean;
  /** Whether questions are answered with yes. */
  readonly yes: boolean;
  /** What of the user's choices was not followed, and why; a line each. */
  readonly warnings: readonly string[];
}

/** What the settings depend on besides the user's choices. */
export interface Surroundings {
  /** The kernel's range for bind(0), which the word `ephemeral` stands for. */
  readonly ephemeralPorts: PortSet;
  /**
   * Whether this guest holds an address now. Asked only for one that the user named: the predecessor wrote that day's address
   * into the config file, and it is gone after a restart.
   */
  readonly holdsAddress: (address: string) => boolean;
  /** Whether wslfwd runs as root, who may watch the kernel. */
  readonly isRoot: boolean;
}

/** Where the user says nothing: how often to look, and how long a rule outlives its listener, in milliseconds. */
export const DEFAULT_TIMES = { intervalMs: 500, lingerMs: 1000 } as const;

/**
 * Joins options and config. Options win; what is a list of programs, ports or maps is added to the config's list,
 * as the predecessor did, and of two maps of one host port the option's stays.
 */
export function mergeSettings(flags: Flags, config: Choices, surroundings: Surroundings): Settings {
  const warnings: string[] = [];
  const mode = flags.mode ?? config.mode ?? "auto";
  const asked = flags.realtime ?? config.realtime ?? null;
  // An interval of the config file is no wish to poll: the predecessor wrote one into each.
  const realtime = asked ?? (surroundings.isRoot && flags.intervalMs === undefined ? "auto" : false);
  if (mode === "manual" && (flags.realtime ?? false) !== false) {
    warnings.push(`--realtime is not followed: the config file says "mode": "manual"; add --mode auto`);
  }
  let wslIp = flags.wslIp ?? null;
  if (flags.wslIp === undefined && typeof config.wslIp === "string") {
    if (surroundings.holdsAddress(config.wslIp)) wslIp = config.wslIp;
    else {
      warnings.push(
        `the config file's "wsl_ip" ${config.wslIp} is not followed: this guest does not hold it; remove the key`,
      );
    }
  }
  if (typeof flags.wslIp === "string" && !surroundings.holdsAddress(flags.wslIp)) {
    warnings.push(
      `--wsl-ip ${flags.wslIp}: this guest does not hold that address, so nothing will answer there; without the option it is found`,
    );
  }
  const only = flags.only ?? config.only ?? null;
  const policy = mergePolicy(flags, config, only, surroundings.ephemeralPorts);
  warnings.push(...warnOfLoopback(policy.loopback));
  return {
    policy,
    requested: requestedPorts(policy, only),
    isOnly: only !== null,
    mode,
    intervalMs: flags.intervalMs ?? config.intervalMs ?? DEFAULT_TIMES.intervalMs,
    lingerMs: flags.lingerMs ?? config.lingerMs ?? DEFAULT_TIMES.lingerMs,
    realtime: {
      wanted: mode === "auto" && realtime !== false,
      isAsked: asked !== null,
      choice: realtime === false ? "auto" : realtime,
    },
    udp: (flags.udp ?? config.udp ?? false) || !policy.fixedUdpPorts.isEmpty,
    published: flags.published ?? config.published ?? PUBLISHED_KINDS,
    helper: flags.helper ?? config.helper ?? "udp",
    wslIp,
    ignoreException: flags.ignoreException ?? config.ignoreException ?? false,
    cleanup: !(flags.noCleanup ?? config.noCleanup ?? false),
    json: flags.json ?? false,
    page: flags.page ?? null,
    dryRun: flags.dryRun ?? false,
    yes: flags.yes ?? false,
    warnings,
  };
}

function requestedPorts({ fixedPorts, portMaps }: Policy, only: OnlyPorts | null): PortSet | null {
  const ports = portsOf(portMaps.map(({ hostPort }) => hostPort)).union(fixedPorts).union(
    only?.ports ?? EMPTY,
  );
  return ports.isEmpty ? null : ports;
}

const EMPTY = DEFAULT_POLICY.allowPorts;
