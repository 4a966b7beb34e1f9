/** The keys of the config file: the predecessor's, and one for each option that is a setting. */
import { DEFAULT_TIMES } from "../settings.ts";
import type { Choices } from "../settings.ts";
import type { LoopbackChoice } from "../../plan/loopback/loopback_policy.ts";
import { formatLoopback } from "../loopback_values.ts";
import { DEFAULT_POLICY } from "../../plan/desired/policy.ts";
import { type PortRange, PortSet } from "../../net/port_set.ts";
import { PUBLISHED_KINDS } from "../../net/published.ts";
import type { OnlyPorts, PortWords } from "../values.ts";

/** One key of the config file. */
export interface ConfigKey {
  /** Its name. */
  readonly name: string;
  /** What it means, for the comment above it. */
  readonly comment: string;
  /** What is written for these choices: what was chosen, else the default. */
  readonly written: (choices: Choices) => unknown;
}

/** In the order in which they are written. */
export const CONFIG_KEYS: readonly ConfigKey[] = [
  {
    name: "mode",
    comment: `"auto" follows what listens; "manual" looks once and ends`,
    written: ({ mode }) => mode ?? "auto",
  },
  {
    name: "update_interval",
    comment: "seconds between two looks, 0.05 or more",
    written: ({ intervalMs }) => (intervalMs ?? DEFAULT_TIMES.intervalMs) / 1000,
  },
  {
    name: "linger",
    comment: "seconds that a rule outlives its program",
    written: ({ lingerMs }) => (lingerMs ?? DEFAULT_TIMES.lingerMs) / 1000,
  },
  {
    name: "realtime",
    comment:
      `learn of listeners from the kernel: null (as root), false, true, "require", "bpftrace" or "builtin"`,
    written: ({ realtime }) => realtime === "auto" ? true : realtime ?? null,
  },
  {
    name: "windows_ip",
    comment: "the addresses on Windows that others connect to; 0.0.0.0 and :: for all of them",
    written: ({ windowsIps }) => windowsIps ?? DEFAULT_POLICY.listenAddresses,
  },
  {
    name: "ipv4_only",
    comment: "whether others connect by IPv4 alone, where windows_ip says nothing else",
    written: ({ ipv4Only }) => ipv4Only ?? false,
  },
  {
    name: "wsl_ip",
    comment: "the address of this guest; null: found at each start, since it can change",
    written: ({ wslIp }) => wslIp ?? null,
  },
  {
    name: "profile",
    comment: `network profiles that are let in: "private", "domain", "public", or "any"`,
    written: ({ profiles }) => profiles ?? DEFAULT_POLICY.scope.profiles,
  },
  {
    name: "remote_ip",
    comment: `who is let in: "localsubnet", addresses, subnets and ranges, or "any"`,
    written: ({ remoteIps }) => remoteIps ?? DEFAULT_POLICY.scope.remoteIps,
  },
  {
    name: "allow_program_name",
    comment: "programs that may be reached; with any here, all others may not",
    written: ({ allowPrograms }) => allowPrograms ?? [],
  },
  {
    name: "disallow_program_name",
    comment: "programs that may not be reached, unless they are allowed",
    written: ({ denyPrograms }) => denyPrograms ?? [],
  },
  {
    name: "allow_port",
    comment: `ports that may be reached whatever listens: 3000, "8000-8999", "ephemeral"`,
    written: ({ allowPorts }) => writtenPorts(allowPorts),
  },
  {
    name: "disallow_port",
    comment: "ports that may not be reached, unless they are allowed",
    written: ({ denyPorts }) => writtenPorts(denyPorts),
  },
  {
    name: "only",
    comment: `the only ports that are opened, such as [3000, "8080:3000"]; null: whatever listens`,
    written: ({ only }) => only === undefined ? null : writtenOnly(only),
  },
  {
    name: "port",
    comment: "ports that are forwarded whether or not anything listens",
    written: ({ fixedPorts }) => fixedPorts === undefined ? [] : writtenRanges(fixedPorts),
  },
  {
    name: "udp",
    comment: "true: programs that wait for UDP, too; our program on Windows relays it",
    written: ({ udp }) => udp ?? false,
  },
  {
    name: "udp_port",
    comment: "ports that are relayed by UDP whether or not anything waits",
    written: ({ fixedUdpPorts }) => fixedUdpPorts === undefined ? [] : writtenRanges(fixedUdpPorts),
  },
  {
    name: "published",
    comment:
      "ports without a socket that are forwarded: containers', Kubernetes', other rules of NAT; [] for none",
    written: ({ published }) => published ?? PUBLISHED_KINDS,
  },
  {
    name: "helper",
    comment:
      `what our program on Windows may do: "off", "udp", or "all" (opens TCP ports in milliseconds, too)`,
    written: ({ helper }) => helper ?? "udp",
  },
  {
    name: "map",
    comment: `"8080:80": port 8080 on Windows leads to port 80 in the guest`,
    written: ({ portMaps }) => (portMaps ?? []).map(({ hostPort, guestPort }) => `${hostPort}:${guestPort}`),
  },
  {
    name: "loopback",
    comment: `services on 127.0.0.1 that may be reached, too: 5173, "uvicorn", "node:5173" (needs root)`,
    written: ({ loopback }) => (loopback ?? []).map(writtenLoopback),
  },
  {
    name: "loopback_code",
    comment: "ports of these that may be reached although they run code for whoever connects",
    written: ({ codePorts }) => codePorts === undefined ? [] : writtenRanges(codePorts),
  },
  {
    name: "ignore_exception",
    comment: "true: try again after errors that would end wslfwd",
    written: ({ ignoreException }) => ignoreException ?? false,
  },
  {
    name: "no_cleanup",
    comment: "true: keep the rules at the end",
    written: ({ noCleanup }) => noCleanup ?? false,
  },
];

function writtenLoopback(choice: LoopbackChoice): number | string {
  const text = formatLoopback(choice);
  return /^\d+$/.test(text) ? Number(text) : text;
}

function writtenPorts(words: PortWords | undefined): (number | string)[] {
  if (words === undefined) return [];
  return [...writtenRanges(words.ports), ...(words.ephemeral ? ["ephemeral"] : [])];
}

function writtenOnly({ ports, maps }: OnlyPorts): (number | string)[] {
  return [...writtenNamed(ports), ...maps.map(({ hostPort, guestPort }) => `${hostPort}:${guestPort}`)];
}

/** Neighbours that were written out stay so: a range does not mean what is held back. */
function writtenNamed(ports: PortSet): (number | string)[] {
  const named = [...ports.ports()].filter((port) => ports.names(port));
  const isNamed = ({ first, last }: PortRange) =>
    named.filter((port) => first <= port && port <= last).length > last - first;
  return [...named, ...writtenRanges(new PortSet(ports.ranges.filter((range) => !isNamed(range))))];
}

function writtenRanges(ports: PortSet): (number | string)[] {
  return ports.ranges.map(({ first, last }) => first === last ? first : `${first}-${last}`);
}
