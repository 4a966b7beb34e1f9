/** What the simulated Windows tells the tests, and what they may switch. */
import type { Language } from "./texts.ts";

/** The four tables. */
export type PortproxyFamilies = "v4tov4" | "v4tov6" | "v6tov4" | "v6tov6";

/** One portproxy entry, as written. */
export interface PortproxyEntry {
  /** In which of the four tables it is; default `v4tov4`. */
  readonly families?: PortproxyFamilies;
  /** An address, a host name or `*`. */
  readonly listenAddress: string;
  /** Usually a port: netsh validates nothing. */
  readonly listenPort: string;
  /** An address or a host name. */
  readonly connectAddress: string;
  /** Usually a port. */
  readonly connectPort: string;
}

/** An entry of the table, and whether IP Helper listens for it. */
export interface ShownEntry extends PortproxyEntry {
  /** False where its port is taken or excluded, or where it cannot be bound. */
  readonly isListening: boolean;
}

/** A network profile. */
export type Profile = "domain" | "private" | "public";

/** A rule of the Windows Firewall. */
export interface FirewallRule {
  /** Not unique. */
  readonly name: string;
  /** In or out. */
  readonly direction: "in" | "out";
  /** What it does. */
  readonly action: "allow" | "block";
  /** Its protocol. */
  readonly protocol: "tcp" | "udp" | "any";
  /** Empty for every port. */
  readonly localPorts: readonly { readonly first: number; readonly last: number }[];
  /** Where it applies; all three for `any`. */
  readonly profiles: readonly Profile[];
  /** `any`, `localsubnet`, addresses, subnets and ranges. */
  readonly remoteIps: readonly string[];
  /** The program that it is for, and the service in it; default: whatever listens. */
  readonly program?: string;
  readonly service?: string;
  /** Free text. */
  readonly description: string;
  /** Whether it counts. */
  readonly isEnabled: boolean;
}

/** A command of a netsh script, or the only one of its call. */
export interface LineRecord {
  /** Its words with blanks between. */
  readonly text: string;
  /** When it took effect, in milliseconds since 1970. */
  readonly at: number;
  /** Whether it succeeded. */
  readonly succeeded: boolean;
}

/** A call of a Windows program. */
export interface CallRecord {
  /** 1, 2, 3 … in the order of their start. */
  readonly id: number;
  /** `netsh.exe`. */
  readonly program: string;
  /** The arguments. */
  readonly args: readonly string[];
  /** The working directory of the client. */
  readonly cwd: string;
  /** What its input was: `null`, `pipe`, `terminal`, `file`, `socket`, `none`. */
  readonly stdin: string;
  /** The client's pid in the guest. */
  readonly pid: number;
  /** Whether it ran with an elevated token. */
  readonly isElevated: boolean;
  /** The lines of the script, or null. */
  script: readonly string[] | null;
  /** netsh only: what was carried out. */
  readonly lines: LineRecord[];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** When the answer was sent, or its effects had ended; null where it still runs. */
  endedAt: number | null;
  /** When the client was gone before its answer; null where it was not. */
  clientGoneAt: number | null;
  /** Null where it still runs. */
  exitCode: number | null;
  /** Whether it hangs by a {@link Fault}. */
  isHanging: boolean;
}

/** A Windows service that listens. */
export interface ServiceOptions {
  /** 1 to 65535. */
  readonly port: number;
  /** The name of its process. */
  readonly name?: string;
  /** Its process id. */
  readonly pid?: number;
  /** Default 0.0.0.0. */
  readonly address?: string;
  /** What it answers. */
  readonly text?: string;
}

/** A connection that a Windows service accepted from the LAN or from the guest. */
export interface Exposure {
  /** The service's port. */
  readonly port: number;
  /** The service's name. */
  readonly service: string;
  /** The peer. */
  readonly from: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A program of the guest that wsl.exe was told to start; the tests start it. */
export interface Launch {
  /** The distro. */
  readonly distro: string;
  /** The user in it. */
  readonly user: string;
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Whether its Windows programs run elevated. */
  readonly isElevated: boolean;
  /** Whether it has no console window. */
  readonly isHidden: boolean;
}

/** A task of the scheduler. */
export interface Task {
  /** `wslfwd-0a1b2c3d`. */
  readonly name: string;
  /** The user at whose logon it starts. */
  readonly sid: string;
  /** The program. */
  readonly command: string;
  /** Its command line without itself. */
  readonly commandLine: string;
  /** Whether it has its user's highest rights. */
  readonly isElevated: boolean;
  /** How long after the logon it starts, in seconds. */
  readonly delayS: number;
}

/** Something that goes wrong, once or a few times. */
export interface Fault {
  /** `netsh.exe`. */
  readonly program: string;
  /**
   * `fail`: no effect, an error, exit 1. `hang`: stops before its effect, until it is released or its client is
   * gone. `hang-after`: the same after its effect, before its answer. `garbage`, `nothing`: does its work and
   * prints bytes without sense, or none. `pretend`: no effect, but says that it succeeded.
   */
  readonly kind: "fail" | "hang" | "hang-after" | "garbage" | "nothing" | "pretend";
  /** Whether calls or the lines of netsh scripts are meant; default `call`. `garbage` and `nothing`: calls only. */
  readonly at?: "call" | "line";
  /** A regular expression that the words (of the call with its script, or of the line) match; default: all do. */
  readonly matching?: string;
  /** 1 for the next that matches, 2 for the one after it, … Default 1. */
  readonly nth?: number;
  /** How many from there on. Default 1. */
  readonly times?: number;
}

/** A range of ports that Windows reserves. */
export interface ExcludedRange {
  /** 1 to 65535. */
  readonly first: number;
  /** 1 to 65535. */
  readonly last: number;
  /** Marked with `*`: made by `netsh … add excludedportrange`. */
  readonly isAdministered?: boolean;
  /** The one family that it is reserved for; left out for both. */
  readonly family?: 4 | 6;
}

/** How this Windows differs from the usual one. What facts/windows.md marks M or L is here, to be tried both ways. */
export interface Switches {
  /** How long a program takes, in milliseconds; `default` for those that are not named. */
  readonly latencyMs: Readonly<Record<string, number>>;
  /** How long each line of a netsh script takes on top, in milliseconds. */
  readonly lineMs: number;
  /** Whether the usual interop session is elevated. */
  readonly isElevated: boolean;
  /** Whether the user is no administrator: then the group is not even there to deny (read in WSL's source). */
  readonly isStandardUser: boolean;
  /** The user's security identifier. */
  readonly sid: string;
  /** What Windows speaks. */
  readonly language: Language;
  /** What `portproxy add` does on a key that exists (M: overwrites). */
  readonly addOnExisting: "overwrites" | "refuses";
  /** The exit status of a netsh script in which a line failed (M: 1). */
  readonly failedScriptExits: 0 | 1;
  /** Whether what a killed client asked for still happens (M: yes). */
  readonly afterKilledClient: "goes-on" | "stops";
  /** How much later it then happens, in milliseconds. */
  readonly killedClientDelayMs: number;
  /** What netsh prints before all else; recorded: `The following helper DLL cannot be loaded: WCNNETSH.DLL.` */
  readonly netshNoise: string;
  /** Whether a policy forbids reg.exe: it says so on stderr and exits with 1 (recorded). */
  readonly forbidsRegistry: boolean;
  /**
   * What becomes of the programs of a terminal whose window closes. Read in WSL's source: they go on. One observation has them
   * die (microsoft/WSL#6917).
   */
  readonly afterClosedWindow: "goes-on" | "stops";
  /** Whether Windows creates no process (a policy forbids it). */
  readonly refusesPrograms: boolean;
  /** Whether the programs on the drive may be executed in the guest (not with `fmask=111`). */
  readonly canExecute: boolean;
  /** IP Helper's state; `silent`: it runs, and listens for no entry (met by go-wsl2-host#55). */
  readonly ipHelper: "running" | "stopped" | "silent";
  /** Whether IP Helper reads its tables again when it is told `paramchange` (others rely on it; Microsoft documents it not). */
  readonly followsRegistry: boolean;
  /** Whether netsh takes a rule for a service (L). */
  readonly takesServiceRules: boolean;
  /** Whether a policy constrains PowerShell's language. */
  readonly constrainsPowershell: boolean;
  /** Whether the folder in C:\Windows gets rights that let others write there. */
  readonly sharesProtectedFolder: boolean;
  /** Whether there is IPv6 (by default it is switched off in the registry, as some do). */
  readonly hasIpv6: boolean;
  /** Reserved ports. */
  readonly excludedRanges: readonly ExcludedRange[];
  /** Reserved ports of UDP. */
  readonly excludedUdp: readonly ExcludedRange[];
  /** What Windows calls the network. */
  readonly networkProfile: Profile;
  /** What Windows calls the network of the VPN, and that of the virtual switch to the guest; null: it does not name them. */
  readonly otherProfile: Profile | null;
  /** What comes of the question whether a program may run as administrator. */
  readonly consent: "given" | "refused" | "cannot-ask";
  /** The name of the distro. */
  readonly distro: string;
  /** Where the firewall is off. */
  readonly firewallOff: readonly Profile[];
  /** Where it keeps out everything, whatever its rules say. */
  readonly firewallShut: readonly Profile[];
  /** Where a group policy has it ignore the rules made on this machine. */
  readonly ignoresLocalRules: readonly Profile[];
  /** Whether there is a curl.exe (there is since Windows 10, 1803). */
  readonly hasCurl: boolean;
  /** What `wslinfo --wsl-version` says; null: it does not know the option. */
  readonly wslVersion: string | null;
  /** Mirrored mode: whether rules by port are copied to the Hyper-V firewall (M: they are). */
  readonly copiesRulesToHyperV: boolean;
  /** Mirrored mode: whether netstat shows the guest's listeners (nobody has said). */
  readonly showsMirrored: boolean;
  /** The AllowHostPolicyMerge of the Hyper-V firewall's settings for WSL. */
  readonly mergesHostPolicy: boolean;
  /** A firewall beside Windows' own, as the security centre names it; null: none. */
  readonly otherFirewall: string | null;
  /** consomme, virtioproxy: whether WSL listens on Windows for what listens in the guest (not verified before 2.7). */
  readonly relaysPorts: boolean;
  /** The LoopbackEnabled of the Hyper-V firewall's settings for WSL. */
  readonly hyperVLoopback: boolean;
  /** What of the helper's changes hangs, as the firewall does after some logons: `addrule`, `put`, `reread`; empty for none. */
  readonly helperHangs: string;
  /** Whether there is a C# compiler where .NET Framework has it. */
  readonly hasCompiler: boolean;
  /** What the scheduler says of the last run of a task: 267011 (0x41303) where there was none. */
  readonly taskResult: number;
  /** What `wslinfo --networking-mode` says; null where the distro has no wslinfo. */
  readonly networkingMode: string | null;
  /**
   * `running`; `stale`: the sockets are there and refuse; `gone`: there are none; `disabled` in wsl.conf: programs wait
   * about 10 s (or `latencyMs.interop`), then fail.
   */
  readonly interop: "running" | "stale" | "gone" | "disabled";
  /** Whether the relay finds a socket that was not exported (facts: it does; default: no, which is stricter). */
  readonly interopLooksFurther: boolean;
  /** Whether the kernel knows how to start Windows programs; false: ENOEXEC. */
  readonly hasBinfmt: boolean;
  /** Whether `reg.exe` shows the parts of a firewall rule in another order each time. */
  readonly shufflesRegistry: boolean;
  /** Where the guest has the C: drive; null: nowhere. */
  readonly drive: string | null;
}

/** The usual Windows. */
export const USUAL: Switches = {
  latencyMs: { default: 0 },
  taskResult: 267011,
  lineMs: 0,
  isElevated: true,
  isStandardUser: false,
  sid: "S-1-5-21-1004336348-1177238915-682003330-1001",
  language: "en",
  addOnExisting: "overwrites",
  failedScriptExits: 1,
  afterKilledClient: "goes-on",
  killedClientDelayMs: 0,
  netshNoise: "",
  forbidsRegistry: false,
  afterClosedWindow: "goes-on",
  refusesPrograms: false,
  canExecute: true,
  ipHelper: "running",
  followsRegistry: true,
  takesServiceRules: true,
  constrainsPowershell: false,
  sharesProtectedFolder: false,
  hasIpv6: false,
  excludedRanges: [{ first: 50000, last: 50059, isAdministered: true }],
  excludedUdp: [],
  networkProfile: "private",
  otherProfile: null,
  consent: "given",
  distro: "Debian",
  firewallOff: [],
  firewallShut: [],
  ignoresLocalRules: [],
  hasCurl: true,
  wslVersion: "2.6.1.0",
  copiesRulesToHyperV: true,
  showsMirrored: false,
  relaysPorts: true,
  hyperVLoopback: true,
  mergesHostPolicy: true,
  otherFirewall: null,
  hasCompiler: true,
  helperHangs: "",
  networkingMode: "nat",
  interop: "running",
  interopLooksFurther: false,
  hasBinfmt: true,
  shufflesRegistry: false,
  drive: "/mnt/c",
};

/** Everything but the calls. */
export interface WindowsState {
  /** The portproxy table. */
  readonly entries: readonly ShownEntry[];
  /** The firewall's rules, also those of others. */
  readonly rules: readonly FirewallRule[];
  /** What a caller asked for that this Windows does not know: a test expects none. */
  readonly refusals: readonly string[];
  /** What a careful caller never does, such as to run a script that others can write: a test expects none. */
  readonly violations: readonly string[];
  /** Connections that Windows services accepted. */
  readonly exposures: readonly Exposure[];
  /** The tasks of the scheduler that are ours. */
  readonly tasks: readonly Task[];
  /** What wsl.exe was told to start. */
  readonly launches: readonly Launch[];
  /** How many programs were asked of a session that does not answer: each waits about 10 s. */
  readonly unansweredCount: number;
  /** How many of them after one had waited in vain. */
  readonly askedAgainCount: number;
  /** How many calls there were. */
  readonly callCount: number;
  /** How many netsh run. */
  readonly netshRunning: number;
  /** How many ran at once at most. */
  readonly netshAtOnce: number;
  /** Process ids of the helpers that were started, the last one last; not all of them still run. */
  readonly helperPids: readonly number[];
  /** How many calls of helpers hang, or hung until their helper ended. */
  readonly helperHung: number;
  /** The ids of the calls that hang. */
  readonly hanging: readonly number[];
}
