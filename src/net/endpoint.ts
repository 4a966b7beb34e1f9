import { type Family, familyOf, formatEndpoint } from "./address.ts";

/** What a socket speaks. */
export type Protocol = "tcp" | "udp";

/** Where a socket is bound, or something connects to. */
export interface Endpoint {
  /** What it speaks. */
  readonly protocol: Protocol;
  /** The family of its address. */
  readonly family: Family;
  /** Canonical text, see address.ts. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** The one text that two endpoints share exactly when they are the same: `tcp 0.0.0.0:3000`, `udp [::]:53`. */
export function endpointKey({ protocol, address, port }: Endpoint): string {
  return `${protocol} ${formatEndpoint(address, port)}`;
}

/** An endpoint of an address in canonical text, whose family shows. */
export function endpointAt(protocol: Protocol, address: string, port: number): Endpoint {
  return { protocol, family: familyOf(address), address, port };
}
