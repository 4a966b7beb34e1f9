import type { Program } from "./listener.ts";

/**
 * What a port without a socket is: published by an engine of containers, a NodePort or hostPort of Kubernetes, or led on by
 * somebody's own rule.
 */
export const PUBLISHED_KINDS = ["container", "nodeport", "hostport", "dnat"] as const;

/** One of them. */
export type PublishedKind = typeof PUBLISHED_KINDS[number];

/** Where a NAT rule of the guest leads the connections to one of its ports, whether or not a socket has the port, too. */
export interface Published {
  /** What it is. */
  readonly kind: PublishedKind;
  /** Where it leads, as far as the rule says: `172.17.0.2:80`, `:3000` for a port of the guest itself. */
  readonly to: string;
  /** Stands for the program, which cannot be seen: what answers is in another network. Its texts are hostile. */
  readonly program: Program;
}

/** What each kind is called. */
const LABELS: Readonly<Record<PublishedKind, string>> = {
  container: "container",
  nodeport: "NodePort",
  hostport: "hostPort",
  dnat: "DNAT",
};

/** Programs that an engine of containers starts for a port: who names them means the container. */
const STAND_INS: Readonly<Record<PublishedKind, readonly string[]>> = {
  container: ["docker-proxy", "docker", "podman"],
  nodeport: ["kube-proxy"],
  hostport: [],
  dnat: [],
};

/** What a published port's program is called: the container or service where its name is known, else the kind. */
export function nameProgram(kind: PublishedKind, name: string | null): Program {
  const label = LABELS[kind];
  const aliases = [label, ...STAND_INS[kind]].filter((alias) =>
    alias !== name && (name !== null || alias !== label)
  );
  return { pid: null, name: name ?? label, aliases };
}

/** Whether both lead to the same, by the same name. */
export function samePublished(a: Published | undefined, b: Published | undefined): boolean {
  return a === b ||
    a !== undefined && b !== undefined && a.kind === b.kind && a.to === b.to &&
      a.program.name === b.program.name;
}
