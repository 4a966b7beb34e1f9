import type { Protocol } from "../../net/endpoint.ts";

/** A Windows network profile. */
export type Profile = "private" | "domain" | "public";

/** Whom the firewall lets in. */
export interface FirewallScope {
  /** At least one; `any` stands for all three. */
  readonly profiles: readonly Profile[] | "any";
  /** `localsubnet`, `any`, IPv4 addresses, subnets and ranges. At least one. */
  readonly remoteIps: readonly string[];
}

/** A port of the host, as its firewall lets others in to it: on every address, of both families. */
export interface Opening {
  /** What is spoken there. */
  readonly protocol: Protocol;
  /** 1 to 65535; words where somebody's entry has some instead. */
  readonly port: number | string;
}

/** The text that two openings share exactly when they are the same: `tcp 3000`. */
export function openingKey({ protocol, port }: Opening): string {
  if (typeof port === "string") return `${protocol} ${port}`;
  return KEYS[protocol][port] ??= `${protocol} ${port}`;
}

/** The keys of ports so far: each is asked for many times in a pass, and there may be 65,535. */
const KEYS: Readonly<Record<Protocol, (string | undefined)[]>> = { tcp: [], udp: [] };
