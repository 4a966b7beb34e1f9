/**
 * Restarts a service on 127.0.0.1 over and over and opens each by its cookie; between two of them another program has the port, of which
 * the gate is not told. For a network namespace of its own; somebody connects all the time. Arguments: PORT RESTARTS. Prints JSON.
 */
import { EbpfGate } from "../../../src/linux/ebpf/loopback/loopback_gate.ts";
import { SockDiagListeners } from "../../../src/linux/netlink/sock_diag.ts";

/** What came of it. */
export interface RestartResult {
  /** How often the service was open when it was to be. */
  readonly opened: number;
  /** How many connections the service took. */
  readonly right: number;
  /** How many the other program took: it must never get one. */
  readonly wrong: number;
}

const GUEST = { address: "172.23.21.232", interfaceName: "eth0", gateway: "172.23.16.1", warning: null };
/** How long another program has the port, in milliseconds. */
const OTHER_MS = 1;

const [port, restarts] = Deno.args.map(Number);
const gate = new EbpfGate(), source = new SockDiagListeners();
let opened = 0, right = 0, wrong = 0;

/** Listens, and answers each connection with a letter. */
async function serve(letter: string, onConnection: () => void): Promise<Deno.Listener> {
  const listener = await listen();
  (async () => {
    for await (const connection of listener) {
      onConnection();
      await connection.write(new TextEncoder().encode(letter)).catch(() => {});
      connection.close();
    }
  })();
  return listener;
}

/** What accepts gives its socket back only when it has its turn. */
async function listen(): Promise<Deno.Listener> {
  for (let tries = 0;; tries++) {
    try {
      return Deno.listen({ hostname: "127.0.0.1", port: port! });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || tries === 1000) throw error;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

for (let i = 0; i < restarts!; i++) {
  const { promise: used, resolve } = Promise.withResolvers<void>();
  const service = await serve("R", () => {
    right++;
    resolve();
  });
  const cookie = source.snapshot().find((listener) => listener.port === port)?.cookie;
  if (gate.set(new Map([[port!, cookie!]]), GUEST).open.has(port!)) {
    opened++;
    await used;
  }
  service.close();
  const other = await serve("W", () => wrong++);
  await new Promise((resolve) => setTimeout(resolve, OTHER_MS));
  other.close();
}
gate.close();
source.close();
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ opened, right, wrong })}\n`));
Deno.exit();
