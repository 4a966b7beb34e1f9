/** Real TCP on Windows' side: IP Helper's listeners for portproxy entries, and Windows services. */
import { now, pause } from "../clock.ts";
import { firewallLetsIn, type Subnet } from "./firewall.ts";
import type { PortproxyEntry, ServiceOptions } from "./model.ts";
import { familiesOf, keyOf } from "./portproxy.ts";
import type { SimulatedWindows } from "./windows.ts";

/** Windows' IPv6 address in the LAN. */
export const LAN_IPV6 = "fd00:50::1";

/** Where this Windows is: the LAN, and the network that it shares with the guest. */
export const SUBNETS: readonly Subnet[] = [
  { address: "192.168.50.1", prefixLength: 24 },
  { address: "172.23.16.1", prefixLength: 20 },
  { address: LAN_IPV6, prefixLength: 64 },
];

/**
 * For so many entries there are sockets. Windows has no such limit; of us, the system allows 20,000 descriptors here and
 * there. What is beyond it counts as listening, and can only not be connected to.
 */
const MAX_SOCKETS = 12_000;

/** Listens for entries and forwards what comes, as the service iphlpsvc does. */
export class IpHelper {
  readonly #machine: SimulatedWindows;
  readonly #listeners = new Map<string, { listener: Deno.Listener | null; entry: PortproxyEntry }>();
  readonly #connections = new Set<Deno.Conn>();

  /** `machine`: whose firewall counts. */
  constructor(machine: SimulatedWindows) {
    this.#machine = machine;
  }

  /** Whether it listens for the entry with this key. */
  isListening(key: string): boolean {
    return this.#listeners.has(key);
  }

  /** Where it listens, for netstat. */
  get endpoints(): { address: string; port: number }[] {
    return [...this.#listeners.values()].map(({ entry }) => addressOf(entry));
  }

  /** Begins to listen for an entry where that can be; else it stays in the table and nothing listens. */
  async open(entry: PortproxyEntry): Promise<void> {
    const key = keyOf(entry);
    if (this.#findHindrance(entry) !== null) return this.close(key);
    const open = this.#listeners.get(key);
    if (open !== undefined) {
      open.entry = entry;
      return;
    }
    if (this.#listeners.size >= MAX_SOCKETS) {
      this.#listeners.set(key, { listener: null, entry });
      return;
    }
    const { address: hostname, port } = addressOf(entry);
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        const listener = Deno.listen({ hostname, port });
        this.#listeners.set(key, { listener, entry });
        this.#accept(listener, key);
        return;
      } catch (error) {
        // Another address than Windows', or a port that is taken: maybe by our own listener, which Deno closes a moment
        // after it was told to.
        if (!(error instanceof Deno.errors.AddrInUse)) return;
        await pause(1);
        if (this.#listeners.has(key) || !this.#machine.hasEntry(key)) return;
      }
    }
  }

  /** Stops to listen for an entry; connections live on. */
  close(key: string): void {
    this.#listeners.get(key)?.listener?.close();
    this.#listeners.delete(key);
  }

  /** Stops to listen for all entries but those with these keys. */
  closeBut(keys: ReadonlySet<string>): void {
    for (const key of [...this.#listeners.keys()]) if (!keys.has(key)) this.close(key);
  }

  /** Closes everything. */
  stop(): void {
    this.closeBut(new Set());
    for (const connection of this.#connections) closeQuietly(connection);
    this.#connections.clear();
  }

  /** Why nothing will ever listen for an entry, or null. */
  #findHindrance(entry: PortproxyEntry): string | null {
    const { listenPort, listenAddress, connectAddress, connectPort } = entry;
    const port = Number(listenPort);
    const { excludedRanges } = this.#machine.switches;
    if (!isPort(port) || !isPort(Number(connectPort))) return "not a port";
    const family = familiesOf(entry).startsWith("v6") ? 6 : 4;
    if (family === 6 && !this.#machine.switches.hasIpv6) return "no IPv6";
    const ranges = excludedRanges.filter((range) => (range.family ?? family) === family);
    if (ranges.some(({ first, last }) => first <= port && port <= last)) return "excluded";
    if (
      /^(\*|0\.0\.0\.0)$/.test(listenAddress) && connectAddress.startsWith("127.") &&
      listenPort === connectPort
    ) {
      // On Windows it connects to itself until all ports are gone (microsoft/WSL#11272).
      this.#machine.violate(`entry ${keyOf(entry)} loops`);
      return "loops";
    }
    return null;
  }

  async #accept(listener: Deno.Listener, key: string): Promise<void> {
    for await (const connection of listener) {
      const entry = this.#listeners.get(key)?.entry;
      if (entry === undefined || !admits(this.#machine, connection, Number(entry.listenPort), "iphlpsvc")) {
        closeQuietly(connection);
      } else this.#forward(connection, entry.connectAddress, Number(entry.connectPort));
    }
  }

  async #forward(connection: Deno.Conn, hostname: string, port: number): Promise<void> {
    this.#connections.add(connection);
    let target: Deno.Conn | null = null;
    try {
      target = await Deno.connect({ hostname, port });
      this.#connections.add(target);
      await Promise.all([copy(connection, target), copy(target, connection)]);
    } catch {
      // Either side is gone: so is the other.
    } finally {
      for (const end of [connection, target]) {
        if (end === null) continue;
        this.#connections.delete(end);
        closeQuietly(end);
      }
    }
  }
}

/** Where Windows listens for an entry. */
function addressOf(entry: PortproxyEntry): { address: string; port: number } {
  const { listenAddress, listenPort } = entry, any = familiesOf(entry).startsWith("v6") ? "::" : "0.0.0.0";
  return { address: listenAddress === "*" ? any : listenAddress, port: Number(listenPort) };
}

/** A Windows program that listens and answers one line to whoever gets through. */
export class WindowsService {
  /** Its process id. */
  readonly pid: number;
  /** The name of its process. */
  readonly name: string;
  /** Where it listens. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
  readonly #listener: Deno.Listener;

  /** Listens at once. Throws where the port is taken. */
  constructor(options: ServiceOptions, machine: SimulatedWindows) {
    this.port = options.port;
    this.name = options.name ?? "service.exe";
    this.pid = options.pid ?? 10_000 + options.port;
    this.address = options.address ?? "0.0.0.0";
    this.#listener = Deno.listen({ hostname: this.address, port: this.port });
    this.#serve(options.text ?? "a Windows service", machine);
  }

  /** Stops to listen. */
  close(): void {
    this.#listener.close();
  }

  async #serve(text: string, machine: SimulatedWindows): Promise<void> {
    const page = new TextEncoder().encode(
      `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
    );
    for await (const connection of this.#listener) {
      const from = (connection.remoteAddr as Deno.NetAddr).hostname;
      if (!admits(machine, connection, this.port)) closeQuietly(connection);
      else {
        if (!isOwn(from)) machine.noteExposure({ port: this.port, service: this.name, from, at: now() });
        answer(connection, page);
      }
    }
  }
}

/** Copies one direction to its end, and passes the end on. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const chunk = new Uint8Array(65536);
  for (let count = await from.read(chunk); count !== null; count = await from.read(chunk)) {
    for (let sent = 0; sent < count;) sent += await to.write(chunk.subarray(sent, count));
  }
  await to.closeWrite();
}

async function answer(connection: Deno.Conn, page: Uint8Array): Promise<void> {
  try {
    if (await connection.read(new Uint8Array(4096)) !== null) await connection.write(page);
  } catch {
    // The peer is gone.
  } finally {
    closeQuietly(connection);
  }
}

/**
 * Whether the firewall lets a connection in. What comes from Windows itself is never asked. `service`: which one listens; rules
 * for another one do not count.
 */
export function admits(
  machine: SimulatedWindows,
  connection: Deno.Conn,
  port: number,
  service?: string,
): boolean {
  const peer = (connection.remoteAddr as Deno.NetAddr).hostname;
  const rules = machine.rules.filter((rule) => rule.service === undefined || rule.service === service);
  return isOwn(peer) || firewallLetsIn(rules, peer, port, machine.switches, SUBNETS);
}

/** Whether an address is this Windows' own. */
export function isOwn(address: string): boolean {
  return address.startsWith("127.") || address === "::1" ||
    SUBNETS.some((subnet) => subnet.address === address);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
