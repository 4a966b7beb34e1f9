import { parseRemoteIps } from "../../config/remote_ips.ts";
import {
  joinOnlyPorts,
  parseGuestAddress,
  parseListenAddresses,
  parseOnlyPorts,
  parsePortMap,
  parsePorts,
  parsePortWords,
  parseProfiles,
  parseProgramName,
  parsePublished,
  type PortWords,
  PROFILE_WORDS,
  PUBLISHED_NONE,
  TWICE,
} from "../../config/values.ts";
import { PUBLISHED_KINDS } from "../../net/published.ts";
import { LOOPBACK_OPTIONS } from "./loopback_options.ts";
import { UDP_OPTIONS } from "./udp_options.ts";
import { gathered, type Option, switched, valued } from "./option.ts";

const append = <T>(before: readonly T[] | undefined, value: T) => [...before ?? [], value];

const unite = (before: PortWords | undefined, value: PortWords): PortWords =>
  before === undefined
    ? value
    : { ports: before.ports.union(value.ports), ephemeral: before.ephemeral || value.ephemeral };

/** The options about what is reachable, and by whom, in the order of the help. */
export const REACH_OPTIONS: readonly Option[] = [
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
      completes: "port",
      isList: true,
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
      completes: "port",
      isList: true,
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
      completes: "port",
      isList: true,
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
      completes: "port",
      isList: true,
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
      completes: "port",
      configKey: "map",
    },
    parsePortMap,
    (before, map) => before?.some(({ hostPort }) => hostPort === map.hostPort) ? TWICE : append(before, map),
  ),
  valued("published", {
    name: "published",
    placeholder: "LIST",
    values: [...PUBLISHED_KINDS, PUBLISHED_NONE],
    group: "What is reachable, and by whom",
    brief: "ports without a socket that count",
    defaultText: "all",
    isList: true,
    configKey: "published",
  }, parsePublished),
  ...UDP_OPTIONS,
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
    isList: true,
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
];
