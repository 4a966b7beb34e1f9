/**
 * What puts the guest's listeners on Windows' own LAN address: Hyper-V's virtual switch in WSL's mirrored mode; in consomme and
 * virtioproxy a program of WSL on Windows, which binds what the guest binds (read in WSL's source: ConsommeNetworking.cpp).
 */
import { admits, isOwn, SUBNETS } from "./sockets.ts";
import type { SimulatedWindows } from "./windows.ts";

/** Where the switch reaches the guest; boot/connect_mirrored.sh gives it this address. */
const MIRRORED_GUEST = "169.254.73.152";

/** Where WSL's own program reaches it. */
const RELAYED_GUEST = "172.23.21.232";

/** How the guest's listeners come to be on Windows. */
export type Reach = "mirrored" | "relayed";

/** How often it looks at what listens in the guest, in milliseconds. */
const LOOK_MS = 10;

/** What netstat shows as the process of the guest's listeners, on a Windows that shows them at all. */
export const SWITCH_PID = 7788;

/** Listens on Windows' LAN address on every port that the guest listens on, and lets in whom the Hyper-V firewall lets in. */
export class HyperVSwitch {
  readonly #machine: SimulatedWindows;
  readonly #listeners = new Map<number, Deno.Listener>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #reach: Reach;

  /** `guestPid`: a process in the guest's network namespace. */
  constructor(guestPid: number, machine: SimulatedWindows, reach: Reach) {
    this.#machine = machine;
    this.#reach = reach;
    this.#timer = setInterval(() => this.#follow(this.#readPorts(guestPid)), LOOK_MS);
  }

  /** What it listens on, for netstat; nothing where this Windows does not show it (nobody has said). */
  get endpoints(): { address: string; port: number; pid: number }[] {
    if (this.#reach === "mirrored" && !this.#machine.switches.showsMirrored) return [];
    return [...this.#listeners.keys()].map((port) => ({ address: "0.0.0.0", port, pid: SWITCH_PID }));
  }

  /** Stops. */
  close(): void {
    clearInterval(this.#timer);
    this.#follow(new Set());
  }

  /** The process that netstat shows for them. */
  get processName(): string {
    return this.#reach === "relayed" ? "dllhost.exe" : "System";
  }

  #readPorts(guestPid: number): Set<number> {
    if (this.#reach === "relayed" && !this.#machine.switches.relaysPorts) return new Set();
    return readListeningPorts(guestPid);
  }

  #follow(ports: ReadonlySet<number>): void {
    for (const [port, listener] of this.#listeners) {
      if (ports.has(port)) continue;
      listener.close();
      this.#listeners.delete(port);
    }
    for (const port of ports) {
      if (this.#listeners.has(port)) continue;
      try {
        const listener = Deno.listen({ hostname: SUBNETS[0]!.address, port });
        this.#listeners.set(port, listener);
        this.#accept(listener, port);
      } catch (error) {
        // Taken on Windows, or not given back yet: the next look tries again.
        if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      }
    }
  }

  async #accept(listener: Deno.Listener, port: number): Promise<void> {
    for await (const connection of listener) {
      if (this.#letsIn(connection, port)) {
        join(connection, this.#reach === "relayed" ? RELAYED_GUEST : MIRRORED_GUEST, port);
      } else connection.close();
    }
  }

  /** Rules by port are copied to the Hyper-V firewall; Windows itself gets in where LoopbackEnabled says so. */
  #letsIn(connection: Deno.Conn, port: number): boolean {
    const { copiesRulesToHyperV, mergesHostPolicy, hyperVLoopback } = this.#machine.switches;
    const peer = (connection.remoteAddr as Deno.NetAddr).hostname;
    // A program of Windows: its own firewall stands before it, and that lets in Windows itself.
    if (this.#reach === "relayed") return isOwn(peer) || admits(this.#machine, connection, port);
    if (isOwn(peer)) return hyperVLoopback;
    return copiesRulesToHyperV && mergesHostPolicy && admits(this.#machine, connection, port);
  }
}

async function join(connection: Deno.Conn, hostname: string, port: number): Promise<void> {
  try {
    const guest = await Deno.connect({ hostname, port });
    await Promise.all([
      connection.readable.pipeTo(guest.writable),
      guest.readable.pipeTo(connection.writable),
    ]);
  } catch {
    try {
      connection.close();
    } catch {
      // It is closed.
    }
  }
}

/** The ports on which something in the guest listens on every address. */
function readListeningPorts(guestPid: number): Set<number> {
  const ports = new Set<number>();
  for (const table of ["tcp", "tcp6"]) {
    let text = "";
    try {
      text = Deno.readTextFileSync(`/proc/${guestPid}/net/${table}`);
    } catch {
      continue; // The guest is gone.
    }
    for (const row of text.matchAll(/^ *\d+: 0+:([\dA-F]{4}) [\dA-F:]+ 0A /gm)) {
      ports.add(parseInt(row[1]!, 16));
    }
  }
  return ports;
}
