/**
 * The options: one definition, from which the parser, the help, the completions, the man page and the README's
 * table are made.
 */
import { parseRemoteIps } from "../../config/remote_ips.ts";
import {
  INTERVAL_RANGE_S,
  joinOnlyPorts,
  LINGER_RANGE_S,
  MODES,
  parseGuestAddress,
  parseListenAddresses,
  parseOnlyPorts,
  parsePortMap,
  parsePorts,
  parsePortWords,
  parseProfiles,
  parseProgramName,
  parseRealtime,
  parseSeconds,
  parseWord,
  type PortWords,
  PROFILE_WORDS,
  REALTIME_CHOICES,
  REALTIME_OFF,
  TWICE,
} from "../../config/values.ts";
import { LOOPBACK_OPTIONS } from "./loopback_options.ts";
import { gathered, type Option, switched, valued } from "./option.ts";

const append = <T>(before: readonly T[] | undefined, value: T) => [...before ?? [], value];

const unite = (before: PortWords | undefined, value: PortWords): PortWords =>
  before === undefined
    ? value
    : { ports: before.ports.union(value.ports), ephemeral: before.ephemeral || value.ephemeral };

/** Every option, in the order of the help. */
export const OPTIONS: readonly Option[] = [
  valued("mode", {
    name: "mode",
    placeholder: "MODE",
    values: MODES,
    group: "How it looks",
    brief: "manual looks once and ends; auto goes on",
    defaultText: "auto",
    configKey: "mode",
  }, (text) => parseWord(text, MODES)),
  valued("intervalMs", {
    name: "interval",
    placeholder: "S",
    group: "How it looks",
    brief: "seconds between two looks",
    defaultText: "0.5",
    configKey: "update_interval",
  }, (text) => parseSeconds(text, INTERVAL_RANGE_S)),
  valued("lingerMs", {
    name: "linger",
    placeholder: "S",
    group: "How it looks",
    brief: "seconds that a rule outlives its program",
    defaultText: "1",
    configKey: "linger",
  }, (text) => parseSeconds(text, LINGER_RANGE_S)),
  valued("realtime", {
    name: "realtime",
    placeholder: "ENGINE",
    bareValue: "auto",
    values: [...REALTIME_CHOICES.filter((choice) => choice !== "auto"), REALTIME_OFF],
    group: "How it looks",
    brief: "learn of listeners from the kernel",
    defaultText: "as root",
    configKey: "realtime",
  }, parseRealtime),

  gathered(
    "allowPrograms",
    {
      name: "allow",
      placeholder: "NAME",
      group: "What is reachable, and by whom",
      brief: "program that may be reached; repeatable",
      defaultText: "every",
      configKey: "allow_program_name",
      completes: "program",
    },
    parseProgramName,
    append,
  ),
  gathered(
    "denyPrograms",
    {
      name: "disallow",
      placeholder: "NAME",
      group: "What is reachable, and by whom",
      brief: "program that may not, unless allowed; repeatable",
      configKey: "disallow_program_name",
      completes: "program",
    },
    parseProgramName,
    append,
  ),
  gathered(
    "allowPorts",
    {
      name: "allow-port",
      placeholder: "PORTS",
      group: "What is reachable, and by whom",
      brief: "ports that may be reached, whatever listens",
      configKey: "allow_port",
    },
    parsePortWords,
    unite,
  ),
  gathered(
    "denyPorts",
    {
      name: "disallow-port",
      placeholder: "PORTS",
      group: "What is reachable, and by whom",
      brief: "ports that may not: 3000,8000-8999,ephemeral",
      configKey: "disallow_port",
    },
    parsePortWords,
    unite,
  ),
  gathered(
    "only",
    {
      name: "only",
      placeholder: "PORTS",
      group: "What is reachable, and by whom",
      brief: "these and no others: 3000,8080:3000",
      configKey: "only",
    },
    parseOnlyPorts,
    (before, value) => before === undefined ? value : joinOnlyPorts(before, value) ?? TWICE,
  ),
  gathered(
    "fixedPorts",
    {
      name: "port",
      placeholder: "PORTS",
      group: "What is reachable, and by whom",
      brief: "these too, whether or not anything listens",
      configKey: "port",
    },
    parsePorts,
    (before, value) => before?.union(value) ?? value,
  ),
  gathered(
    "portMaps",
    {
      name: "map",
      placeholder: "HOST:GUEST",
      group: "What is reachable, and by whom",
      brief: "Windows' port HOST leads to GUEST; repeatable",
      configKey: "map",
    },
    parsePortMap,
    (before, map) => before?.some(({ hostPort }) => hostPort === map.hostPort) ? TWICE : append(before, map),
  ),
  ...LOOPBACK_OPTIONS,

  gathered(
    "windowsIps",
    {
      name: "windows-ip",
      placeholder: "IP",
      group: "What is reachable, and by whom",
      brief: "Windows' address to listen on; repeatable",
      defaultText: "all",
      configKey: "windows_ip",
    },
    parseListenAddresses,
    (before, addresses) => [...new Set([...before ?? [], ...addresses])],
  ),
  switched("ipv4Only", {
    name: "ipv4-only",
    group: "What is reachable, and by whom",
    brief: "listen by IPv4 alone",
    configKey: "ipv4_only",
  }),
  valued("wslIp", {
    name: "wsl-ip",
    placeholder: "IP",
    group: "What is reachable, and by whom",
    brief: "this guest's address",
    defaultText: "found",
    configKey: "wsl_ip",
  }, parseGuestAddress),
  valued("profiles", {
    name: "profile",
    placeholder: "LIST",
    values: PROFILE_WORDS,
    group: "What is reachable, and by whom",
    brief: "network profiles",
    defaultText: "private,domain",
    configKey: "profile",
  }, parseProfiles),
  valued("remoteIps", {
    name: "remote-ip",
    placeholder: "LIST",
    group: "What is reachable, and by whom",
    brief: "who may connect",
    defaultText: "localsubnet",
    configKey: "remote_ip",
  }, parseRemoteIps),

  switched("cleanRules", {
    name: "clean-rules",
    group: "Rules, config and output",
    brief: "remove every rule that wslfwd made, and end",
  }),
  switched("all", {
    name: "all",
    group: "Rules, config and output",
    brief: "with --clean-rules: everybody's v4tov4 entries",
  }),
  switched("noCleanup", {
    name: "no-cleanup",
    group: "Rules, config and output",
    brief: "keep the rules at the end",
    configKey: "no_cleanup",
  }),
  switched("ignoreException", {
    name: "ignore-exception",
    group: "Rules, config and output",
    brief: "try again after errors that would end wslfwd",
    configKey: "ignore_exception",
  }),
  switched("elevate", {
    name: "elevate",
    group: "Rules, config and output",
    brief: "have Windows ask, and go on as administrator",
  }),
  switched("dryRun", {
    name: "dry-run",
    group: "Rules, config and output",
    brief: "say what would be done; change nothing",
  }),
  switched("yes", {
    name: "yes",
    alias: "y",
    group: "Rules, config and output",
    brief: "answer questions with yes",
  }),

  valued("configPath", {
    name: "config",
    placeholder: "FILE",
    group: "Rules, config and output",
    brief: "read this one",
    defaultText: "~/.wsl_port_forwarding.json",
    completes: "file",
  }, (text) => text === "" ? { expected: "the path of a file" } : { value: text }),
  switched("genConfig", {
    name: "gen-config",
    group: "Rules, config and output",
    brief: "write that file, with a comment for each key, and end",
  }),
  switched("verbose", {
    name: "verbose",
    group: "Rules, config and output",
    brief: "with why: every check, also those without a fault",
  }),
  valued("logPath", {
    name: "log",
    placeholder: "FILE",
    group: "Rules, config and output",
    brief: "append what happens to a file (rotated), not stdout",
    completes: "file",
  }, (text) => text.startsWith("/") ? { value: text } : { expected: "an absolute path" }),
  switched("json", {
    name: "json",
    group: "Rules, config and output",
    brief: "one JSON object for each line",
  }),
  switched(null, {
    name: "version",
    alias: "V",
    group: "Rules, config and output",
    brief: "print the version",
  }),
  switched(null, { name: "help", alias: "h", group: "Rules, config and output", brief: "print this" }),
];

/** The option with this name, hyphens in it. */
export function findOption(name: string): Option | null {
  return OPTIONS.find((option) => option.name === name) ?? null;
}
