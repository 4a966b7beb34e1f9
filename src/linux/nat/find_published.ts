import type { Protocol } from "../../net/endpoint.ts";
import { PortSet } from "../../net/port_set.ts";
import type { PublishedKind } from "../../net/published.ts";
import { type Action, type Condition, isWithin, type NatRule, type NatTable } from "./nat_rules.ts";

/** A connection as it arrives from Windows. */
export interface Arrival {
  /** The guest's address that Windows connects to. */
  readonly address: string;
  /** Its interface; empty where it is not known. */
  readonly interfaceName: string;
  /** Windows' address; null where it is not known. */
  readonly source: string | null;
}

/** A port that a rule leads on. */
export interface LedPort {
  /** What it speaks. */
  readonly protocol: Protocol;
  /** In the guest; 1 to 65535. */
  readonly port: number;
  /** Whose rule it is. */
  readonly kind: PublishedKind;
  /** Where it leads: `172.17.0.2:80`, `:3000`. */
  readonly to: string;
  /** What the rules call it; null where they do not. Hostile text. */
  readonly name: string | null;
}

/** A rule about more ports than that publishes none: it leads a whole machine's connections somewhere. */
const MAX_PORTS_OF_RULE = 1000;

/** How many ports are found at most, and how many rules are looked at: a table of tens of thousands is walked in some 20 ms. */
const MAX_PORTS = 5000, MAX_STEPS = 200_000;

/** Chains lead to one another so often at most. */
const MAX_DEPTH = 16;

type Lead = Extract<Action, { kind: "lead" }>;

/** Which connections are looked at in a chain, and how they came there. */
interface Traffic {
  readonly protocol: Protocol;
  readonly ports: PortSet;
  /** Names of the table, and of the chains and maps on the way. */
  readonly path: readonly string[];
  /** What was written beside the rules on the way. */
  readonly comments: readonly string[];
}

/**
 * Which ports connections from Windows are led on from: the tables are gone through as the kernel does for such a
 * connection, with all ports at once. What a rule says first counts. Each port once, in no particular order.
 */
export function findPublished(tables: readonly NatTable[], arrival: Arrival): readonly LedPort[] {
  const walk = new Walk(arrival);
  for (const protocol of ["tcp", "udp"] as const) {
    let ports = PortSet.EVERY;
    for (const table of tables) {
      for (const start of table.starts) {
        ports = walk.follow(table, start, { protocol, ports, path: [table.name], comments: [] });
      }
    }
  }
  return walk.found;
}

class Walk {
  readonly #arrival: Arrival;
  readonly found: LedPort[] = [];
  #steps = 0;

  constructor(arrival: Arrival) {
    this.#arrival = arrival;
  }

  /** Goes through a chain. Returns the ports whose connections come back from it. */
  follow(table: NatTable, chain: string, traffic: Traffic): PortSet {
    if (traffic.path.length > MAX_DEPTH) return PortSet.EMPTY;
    const path = [...traffic.path, chain];
    let inside = traffic.ports, back = PortSet.EMPTY;
    for (const rule of table.chains.get(chain) ?? []) {
      if (inside.isEmpty || ++this.#steps > MAX_STEPS) break;
      const met = this.#meet(rule, { ...traffic, ports: inside, path });
      if (met === null) continue;
      const { action } = rule, rest = () => inside.intersect(met.ports.invert());
      switch (action.kind) {
        case "jump":
          inside = rest().union(this.follow(table, action.chain, met));
          break;
        case "goto":
          back = back.union(this.follow(table, action.chain, met));
          inside = rest();
          break;
        case "return":
          back = back.union(met.ports);
          inside = rest();
          break;
        case "end":
          inside = rest();
          break;
        case "lead":
          this.#note(met, action);
          inside = rest();
      }
    }
    return back.union(inside);
  }

  /** The part of the traffic that a rule is about; null where of none. */
  #meet(rule: NatRule, traffic: Traffic): Traffic | null {
    const { protocol } = traffic;
    let { ports } = traffic;
    for (const condition of rule.conditions) {
      if (condition.kind === "ports") ports = ports.intersect(condition.ports);
      else if (
        condition.kind === "protocol" ? !condition.protocols.includes(protocol) : !this.#holds(condition)
      ) {
        return null;
      }
    }
    if (ports.isEmpty) return null;
    const path = rule.map === undefined ? traffic.path : [...traffic.path, rule.map];
    const comments = rule.comment === "" ? traffic.comments : [...traffic.comments, rule.comment];
    return { protocol, ports, path, comments };
  }

  #holds(condition: Exclude<Condition, { kind: "protocol" | "ports" }>): boolean {
    const { address, interfaceName, source } = this.#arrival;
    switch (condition.kind) {
      case "destination":
        return condition.nets.some((net) => isWithin(address, net)) !== condition.isNot;
      case "source":
        // Of whom it is not known where he is, a rule for some does not hold.
        if (source === null) return condition.isNot;
        return condition.nets.some((net) => isWithin(source, net)) !== condition.isNot;
      case "interface":
        return condition.names.some((name) => isNamed(interfaceName, name)) !== condition.isNot;
      case "never":
        return false;
    }
  }

  #note({ protocol, ports, path, comments }: Traffic, { address, port: toPort }: Lead): void {
    if (ports.size > MAX_PORTS_OF_RULE) return;
    const kind = kindOf(path), name = kind === "nodeport" ? nameService(path, comments) : null;
    for (const port of ports.ports()) {
      if (this.found.length === MAX_PORTS) return;
      this.found.push({ protocol, port, kind, to: `${address ?? ""}:${toPort ?? port}`, name });
    }
  }
}

function isNamed(name: string, pattern: string): boolean {
  return /[+*]$/.test(pattern) ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/**
 * Whose chains these are, by their names: Kubernetes' kube-proxy (its iptables and its nftables mode), the portmap plugin of CNI,
 * Docker and Podman (netavark). As they stand in their sources; recorded here: none.
 */
function kindOf(path: readonly string[]): PublishedKind {
  const has = (pattern: RegExp) => path.some((name) => pattern.test(name));
  if (has(/^(KUBE-NODEPORTS|@?service-nodeports)$/)) return "nodeport";
  if (has(/^(CNI-HOSTPORT|CNI-DN|KUBE-HOSTPORT|KUBE-HP)(-|S|$)|^cni_hostport$/)) return "hostport";
  if (has(/^DOCKER(-|$)|^docker-|^NETAVARK-|^netavark$|^CNI-PODMAN/)) return "container";
  return "dnat";
}

/** `default/web` of a NodePort, by the comment that kube-proxy writes (`default/web:http`) or its chain's name. */
function nameService(path: readonly string[], comments: readonly string[]): string | null {
  for (const comment of comments) {
    const name = /^([\w.-]+\/[\w.-]+)(:|$)/.exec(comment)?.[1];
    if (name !== undefined) return name;
  }
  for (const chain of path) {
    const name = /^(?:external|service)-[A-Z0-9]+-([\w.-]+\/[\w.-]+)\/(?:tcp|udp)\//.exec(chain)?.[1];
    if (name !== undefined) return name;
  }
  return null;
}
