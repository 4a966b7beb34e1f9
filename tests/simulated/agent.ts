/**
 * Runs in a network namespace (a LAN peer, the guest) and does there what the tests say: opens small web servers,
 * and asks for pages. One process for many sockets, so that a test costs no process start for each.
 */
import { now, pause } from "./clock.ts";
import { serveRpc } from "./rpc.ts";
import { UdpServices, waitForUdp } from "./udp_agent.ts";

/** Where a server listens and what it says. */
export interface ServerOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** Default 0.0.0.0. */
  readonly address?: string;
  /** The body of its page. */
  readonly text: string;
  /** Sets SO_REUSEPORT. */
  readonly reusePort?: boolean;
}

/** A server that listens. */
export interface OpenServer {
  /** Names it to {@link Agent.unlisten}. */
  readonly id: number;
  /** Where it listens. */
  readonly port: number;
  /** When listen() was called and when it had returned, in milliseconds since 1970. */
  readonly listenAt: number;
  /** See `listenAt`. */
  readonly listeningAt: number;
}

/** What came of asking for a page. */
export interface Fetched {
  /** The body; null where nothing could be reached, or it closed without a byte. */
  readonly text: string | null;
  /** When the answer was complete, or failed, in milliseconds since 1970. */
  readonly at: number;
}

/** The methods that tests call. */
export class Agent {
  readonly #servers = new Map<number, Deno.Listener>();
  readonly #connections = new Map<number, Set<Deno.Conn>>();
  readonly #udp = new UdpServices();
  #nextId = 1;

  /** Opens a server. Throws what the kernel says against it. */
  listen(options: ServerOptions): OpenServer {
    const id = this.#nextId++;
    const listenAt = now();
    const listener = Deno.listen({
      hostname: options.address ?? "0.0.0.0",
      port: options.port,
      reusePort: options.reusePort ?? false,
    });
    const listeningAt = now();
    this.#servers.set(id, listener);
    this.#connections.set(id, new Set());
    this.#serve(listener, options.text, this.#connections.get(id)!);
    return { id, port: (listener.addr as Deno.NetAddr).port, listenAt, listeningAt };
  }

  /** Closes a server and its connections; when, in milliseconds since 1970. */
  unlisten(id: number): number {
    const at = now();
    this.#servers.get(id)?.close();
    this.#servers.delete(id);
    for (const connection of this.#connections.get(id) ?? []) closeQuietly(connection);
    this.#connections.delete(id);
    return at;
  }

  /** Opens a UDP service that answers `TEXT QUESTION`. Throws what the kernel says against it. */
  listenUdp(port: number, address: string, text: string): Promise<void> {
    return this.#udp.open(address, port, text);
  }

  /** Closes it. */
  unlistenUdp(port: number): void {
    this.#udp.close(port);
  }

  /** Asks by UDP until there is an answer (`isOpen`) or none. */
  waitForUdp(address: string, port: number, isOpen: boolean, timeoutMs: number): Promise<string | null> {
    return waitForUdp(address, port, isOpen, timeoutMs);
  }

  /** Asks for a page once. */
  async fetch(address: string, port: number, timeoutMs: number): Promise<Fetched> {
    return { text: await fetchPage(address, port, timeoutMs), at: now() };
  }

  /** Asks for a page until there is one (`isOpen`) or none; the last answer when `timeoutMs` have passed. */
  async waitFor(address: string, port: number, isOpen: boolean, timeoutMs: number): Promise<Fetched> {
    const deadline = now() + timeoutMs;
    while (true) {
      const text = await fetchPage(address, port, Math.max(1, deadline - now()));
      const at = now();
      if ((text !== null) === isOpen || at >= deadline) return { text, at };
      await pause(1);
    }
  }

  async #serve(listener: Deno.Listener, text: string, connections: Set<Deno.Conn>): Promise<void> {
    const body = new TextEncoder().encode(text);
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    const page = new Uint8Array([...new TextEncoder().encode(head), ...body]);
    for await (const connection of listener) {
      connections.add(connection);
      answer(connection, page).finally(() => connections.delete(connection));
    }
  }
}

async function answer(connection: Deno.Conn, page: Uint8Array): Promise<void> {
  try {
    const request = new Uint8Array(4096);
    if (await connection.read(request) !== null) {
      for (let sent = 0; sent < page.length;) sent += await connection.write(page.subarray(sent));
    }
  } catch {
    // The peer is gone.
  } finally {
    closeQuietly(connection);
  }
}

async function fetchPage(address: string, port: number, timeoutMs: number): Promise<string | null> {
  let connection: Deno.Conn | null = null;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    closeQuietly(connection);
  }, timeoutMs);
  try {
    const connecting = Deno.connect({ hostname: address, port });
    connecting.then((late) => isLate && closeQuietly(late), () => {});
    connection = await Promise.race([connecting, rejectAfter(timeoutMs)]);
    await connection.write(
      new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`),
    );
    const chunks: Uint8Array[] = [];
    for await (const chunk of connection.readable) chunks.push(chunk);
    const answer = await new Blob(chunks as BlobPart[]).text();
    const end = answer.indexOf("\r\n\r\n");
    return end < 0 ? null : answer.slice(end + 4);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    closeQuietly(connection);
  }
}

function rejectAfter(ms: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  Deno.unrefTimer(setTimeout(() => reject(new Error("too late")), ms));
  return promise;
}

function closeQuietly(connection: Deno.Conn | null): void {
  try {
    connection?.close();
  } catch {
    // It is closed.
  }
}

if (import.meta.main) serveRpc(new Agent());
