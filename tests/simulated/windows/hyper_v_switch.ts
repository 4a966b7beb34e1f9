/** Hyper-V's virtual switch in WSL's mirrored mode: the guest's listeners are on Windows' own LAN address. */
import { admits, isOwn, SUBNETS } from "./sockets.ts";
import type { SimulatedWindows } from "./windows.ts";

/** Where the switch reaches the guest; boot/connect_mirrored.sh gives it this address. */
const GUEST = "169.254.73.152";

/** How often it looks at what listens in the guest, in milliseconds. */
const LOOK_MS = 10;

/** What netstat shows as the process of the guest's listeners, on a Windows that shows them at all. */
const PID = 7788;

/** Listens on Windows' LAN address on every port that the guest listens on, and lets in whom the Hyper-V firewall lets in. */
export class HyperVSwitch {
  readonly #machine: SimulatedWindows;
  readonly #listeners = new Map<number, Deno.Listener>();
  readonly #timer: ReturnType<typeof setInterval>;

  /** `guestPid`: a process in the guest's network namespace. */
  constructor(guestPid: number, machine: SimulatedWindows) {
    this.#machine = machine;
    this.#timer = setInterval(() => this.#follow(readListeningPorts(guestPid)), LOOK_MS);
  }

  /** What it listens on, for netstat; nothing where this Windows does not show it (nobody has said). */
  get endpoints(): { address: string; port: number; pid: number }[] {
    if (!this.#machine.switches.showsMirrored) return [];
    return [...this.#listeners.keys()].map((port) => ({ address: "0.0.0.0", port, pid: PID }));
  }

  /** Stops. */
  close(): void {
    clearInterval(this.#timer);
    this.#follow(new Set());
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
      if (this.#letsIn(connection, port)) join(connection, port);
      else connection.close();
    }
  }

  /** Rules by port are copied to the Hyper-V firewall; Windows itself gets in where LoopbackEnabled says so. */
  #letsIn(connection: Deno.Conn, port: number): boolean {
    const { copiesRulesToHyperV, mergesHostPolicy, hyperVLoopback } = this.#machine.switches;
    const peer = (connection.remoteAddr as Deno.NetAddr).hostname;
    if (isOwn(peer)) return hyperVLoopback;
    return copiesRulesToHyperV && mergesHostPolicy && admits(this.#machine, connection, port);
  }
}

async function join(connection: Deno.Conn, port: number): Promise<void> {
  try {
    const guest = await Deno.connect({ hostname: GUEST, port });
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
