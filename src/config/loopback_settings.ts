import { PortSet } from "../net/port_set.ts";
import { findHeldBackPort } from "../plan/held_back/held_back_ports.ts";
import { type LoopbackChoice, type LoopbackPolicy, NO_LOOPBACK } from "../plan/loopback/loopback_policy.ts";
import type { Choices } from "./settings.ts";
import type { OnlyPorts } from "./values.ts";

/** Joins what options and config file say of services on 127.0.0.1; who names the only ports means those on 127.0.0.1, too. */
export function mergeLoopback(
  flags: Choices,
  config: Choices,
  only: OnlyPorts | null,
  ephemeralPorts: PortSet,
): LoopbackPolicy {
  const named = only === null ? [] : [choiceOf(only)];
  const choices = [...config.loopback ?? [], ...flags.loopback ?? [], ...named];
  if (choices.length === 0) return NO_LOOPBACK;
  return {
    choices,
    codePorts: (config.codePorts ?? PortSet.EMPTY).union(flags.codePorts ?? PortSet.EMPTY),
    ephemeralPorts,
  };
}

/** What is within a range and written out as well is named by itself: that is looked at first. */
function choiceOf({ ports, maps }: OnlyPorts): LoopbackChoice {
  const all = [...ports.ports()], named = all.filter((port) => ports.names(port));
  const mapped = maps.map(({ guestPort }) => guestPort);
  return {
    program: null,
    ports: new PortSet([...named, ...mapped].map((port) => ({ first: port, last: port }))),
    ranges: named.length === all.length ? PortSet.EMPTY : ports,
  };
}

/** What is to be said of ports that were named one by one: a line for each that is usually something to keep closed. */
export function warnOfLoopback({ choices }: LoopbackPolicy): string[] {
  const ports = choices.flatMap(({ ports }) => [...ports.ports()]);
  return [...new Set(ports)].flatMap((port) => {
    const held = findHeldBackPort(port);
    return held?.kind === "data"
      ? [
        `port ${port} is usually ${held.what}: opened on 127.0.0.1, it is open to your network and to every user of Windows`,
      ]
      : [];
  });
}
