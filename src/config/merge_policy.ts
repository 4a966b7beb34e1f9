import { ANY_IPV4 } from "../net/address.ts";
import { PortSet } from "../net/port_set.ts";
import { DEFAULT_POLICY, type Policy } from "../plan/desired/policy.ts";
import { mergeLoopback } from "./loopback_settings.ts";
import type { Choices } from "./settings.ts";
import type { OnlyPorts, PortWords } from "./values.ts";

/** What is to be reachable, and by whom, by the options and the config file; as `mergeSettings` joins them. */
export function mergePolicy(
  flags: Choices,
  configured: Choices,
  only: OnlyPorts | null,
  ephemeralPorts: PortSet,
): Policy {
  // Who names the only ports leaves out the lists of the config file; who is let in to them stays as it says.
  const { windowsIps, ipv4Only, profiles, remoteIps, loopback, codePorts } = configured;
  const who = { windowsIps, ipv4Only, profiles, remoteIps };
  const config = only === null ? configured : { ...who, loopback, codePorts, ...onlyChoices(only) };
  const programs = (...lists: (readonly string[] | undefined)[]) => [
    ...new Set(lists.flatMap((list) => list ?? [])),
  ];
  const ports = (...words: (PortWords | undefined)[]) =>
    words.reduce(
      (all, { ports, ephemeral } = NO_PORTS) => all.union(ports).union(ephemeral ? ephemeralPorts : EMPTY),
      EMPTY,
    );
  const maps = new Map(
    [...config.portMaps ?? [], ...flags.portMaps ?? []].map((map) => [map.hostPort, map]),
  );
  return {
    reach: DEFAULT_POLICY.reach,
    listenAddresses: listenAddresses(
      flags.windowsIps ?? config.windowsIps ?? [],
      flags.ipv4Only ?? config.ipv4Only ?? false,
    ),
    scope: {
      profiles: flags.profiles ?? config.profiles ?? DEFAULT_POLICY.scope.profiles,
      remoteIps: flags.remoteIps ?? config.remoteIps ?? DEFAULT_POLICY.scope.remoteIps,
    },
    allowPrograms: programs(config.allowPrograms, flags.allowPrograms),
    denyPrograms: programs(config.denyPrograms, flags.denyPrograms),
    allowPorts: ports(config.allowPorts, flags.allowPorts),
    denyPorts: ports(config.denyPorts, flags.denyPorts),
    fixedPorts: (config.fixedPorts ?? EMPTY).union(flags.fixedPorts ?? EMPTY),
    fixedUdpPorts: (config.fixedUdpPorts ?? EMPTY).union(flags.fixedUdpPorts ?? EMPTY),
    portMaps: [...maps.values()],
    loopback: mergeLoopback(flags, config, only, ephemeralPorts),
  };
}

/** Addresses that the user named are meant, whatever their family. */
function listenAddresses(windowsIps: readonly string[], isIpv4Only: boolean): readonly string[] {
  if (windowsIps.length > 0) return windowsIps;
  return isIpv4Only ? [ANY_IPV4] : DEFAULT_POLICY.listenAddresses;
}

/** What is named is meant, whichever program listens; what else the config file lets in is not. */
function onlyChoices(only: OnlyPorts): Choices {
  const ports = only.ports.union(portsOf(only.maps.map(({ guestPort }) => guestPort)));
  // A map moves its port of the guest; one that was named as well stays where it is, too.
  const kept = only.maps.filter(({ guestPort }) => only.ports.has(guestPort));
  const same = kept.map(({ guestPort }) => ({ hostPort: guestPort, guestPort }));
  return { allowPorts: { ports, ephemeral: false }, portMaps: [...only.maps, ...same] };
}

/** The set of some ports. */
export function portsOf(ports: readonly number[]): PortSet {
  return new PortSet(ports.map((port) => ({ first: port, last: port })));
}

const EMPTY = DEFAULT_POLICY.allowPorts;
const NO_PORTS: PortWords = { ports: EMPTY, ephemeral: false };
