import { PortSet } from "../../net/port_set.ts";

/** What a user names by `--loopback`. */
export interface LoopbackChoice {
  /** The program that it must be; null for any, also one that cannot be seen. */
  readonly program: string | null;
  /** Ports that were written out one by one. */
  readonly ports: PortSet;
  /** Ports within a range, or all, where a program was named alone: what is held back is not meant by them. */
  readonly ranges: PortSet;
}

/** Which services on 127.0.0.1 the user wants to be reachable. There is no "all". */
export interface LoopbackPolicy {
  /** In the order in which they were given. */
  readonly choices: readonly LoopbackChoice[];
  /** Ports that were named a second time: they run code for whoever connects. */
  readonly codePorts: PortSet;
  /** The ports that the kernel gives to who asks for none: no range and no name means them. */
  readonly ephemeralPorts: PortSet;
}

/** Every service on 127.0.0.1 stays closed. */
export const NO_LOOPBACK: LoopbackPolicy = {
  choices: [],
  codePorts: PortSet.EMPTY,
  ephemeralPorts: PortSet.EMPTY,
};

/** The same, as if one port more was written out. */
export function nameByPort(policy: LoopbackPolicy, port: number): LoopbackPolicy {
  const ports = new PortSet([{ first: port, last: port }]);
  return { ...policy, choices: [...policy.choices, { program: null, ports, ranges: PortSet.EMPTY }] };
}

/** Whether it can only be decided with the programs' names. */
export function needsNamesForLoopback({ choices }: LoopbackPolicy): boolean {
  return choices.some(({ program, ranges }) => program !== null || !ranges.isEmpty);
}
