import { formatEndpoint } from "../net/address.ts";
import type { Endpoint } from "../net/endpoint.ts";

/** Ports whose usual services speak TLS at once (IANA's registry: https, pcsync-https). */
const HTTPS_PORTS: readonly number[] = [443, 8443];

/**
 * Ports whose usual services a browser cannot open, so that a URL would promise too much: ssh, mail, DNS, file
 * sharing, databases, message brokers, remote desktops (IANA's registry, and the defaults of the programs).
 */
const OTHER_PORTS: ReadonlySet<number> = new Set([
  ...[
    21,
    22,
    23,
    25,
    53,
    110,
    111,
    135,
    139,
    143,
    389,
    445,
    465,
    587,
    636,
    873,
    993,
    995,
    1433,
    1521,
    1883,
    2049,
  ],
  ...[2222, 2379, 3306, 3389, 5432, 5433, 5672, 5900, 6379, 6443, 9042, 9092, 11211, 27017, 33060],
]);

/**
 * What one types on another device: `http://192.168.1.20:3000`, or `192.168.1.20:5432` for what is no web page by its
 * number. `:3000` where the host is null, because it is not known. `host` is an address or a name.
 */
export function formatUrl(host: string | null, port: number): string {
  if (host === null) return `:${port}`;
  if (OTHER_PORTS.has(port)) return formatEndpoint(host, port);
  const isHttps = HTTPS_PORTS.includes(port);
  const authority = port === (isHttps ? 443 : 80) ? bracket(host) : formatEndpoint(host, port);
  return `${isHttps ? "https" : "http"}://${authority}`;
}

/** The same for an endpoint of the host; what is not TCP says so: `192.168.1.20:53/udp`. */
export function urlOf(host: string | null, { protocol, port }: Pick<Endpoint, "protocol" | "port">): string {
  if (protocol === "tcp") return formatUrl(host, port);
  return `${host === null ? `:${port}` : formatEndpoint(host, port)}/${protocol}`;
}

/** Whether a browser opens what {@link formatUrl} gives for the port. */
export function isWebPort(port: number): boolean {
  return !OTHER_PORTS.has(port);
}

function bracket(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
