import { ok } from "node:assert/strict";
import { SockDiagListeners } from "../../src/linux/netlink/sock_diag.ts";
import type { ListenEvent, Wake, WakeSource } from "../../src/contracts/wake.ts";
import type { Need } from "./needs.ts";
import type { OpenedSocket, SocketProcess } from "./socket_process.ts";

/** How long an event may take before a test gives up, in milliseconds. Usual are 0.2. */
const PATIENCE_MS = 5000;
/** What the reconciler allows the scan to lag behind an event, in milliseconds. */
const EXPLAINED_MS = 400;

/** What an engine can tell; the suite expects exactly that. */
export interface Engine {
  /** For the names of the tests. */
  readonly name: string;
  /** A new, unstarted one. */
  readonly make: () => WakeSource;
  /** Whether its events carry inodes and program names. */
  readonly hasInodes: boolean;
  /** Whether it tells network namespaces apart. */
  readonly hasNamespaces: boolean;
  /** What it needs of the machine. */
  readonly needs: readonly Need[];
}

/** A started engine beside a perl, and everything that it told so far. */
export class ListenWatch {
  readonly wakes: Wake[] = [];
  readonly listeners = new SockDiagListeners();
  #woken = Promise.withResolvers<void>();

  constructor(readonly engine: Engine, readonly sockets: SocketProcess) {}

  readonly onWake = (wake: Wake): void => {
    this.wakes.push(wake);
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  };

  get events(): readonly ListenEvent[] {
    return this.wakes.flatMap(({ events }) => events);
  }

  /** What was told of a socket so far. */
  eventsOf(socket: OpenedSocket): readonly ListenEvent[] {
    // Who tells no inode may not tell namespaces either: tests beside this one have the same ports, not the same addresses.
    return this.events.filter(({ inode, address, port }) =>
      this.engine.hasInodes ? inode === socket.inode : address === socket.address && port === socket.port
    );
  }

  /** Resolves with the event numbered `nth` of a kind on a socket. */
  async event(kind: ListenEvent["kind"], socket: OpenedSocket, nth = 0): Promise<ListenEvent> {
    const find = () => this.eventsOf(socket).filter((event) => event.kind === kind)[nth];
    await this.until(() => find() !== undefined, `${kind} of port ${socket.port}`);
    return find()!;
  }

  /** Resolves when something that a wake can change is true. */
  async until(isTrue: () => boolean, what: string): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`Nothing told: ${what}`)), PATIENCE_MS);
    try {
      while (!isTrue()) await Promise.race([this.#woken.promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for a socket that was opened later: what happened before it on the same processor has been told then. */
  async settle(): Promise<void> {
    const marker = await this.sockets.listen("marker 4 home 0");
    await this.sockets.run("close marker");
    await this.event("close", marker);
  }

  /** Looks as the reconciler does until the scan shows the socket, or does not. */
  async scanShows(inode: number, isThere: boolean): Promise<void> {
    const deadline = performance.now() + EXPLAINED_MS;
    while (this.listeners.snapshot().some((listener) => listener.inode === inode) !== isThere) {
      ok(
        performance.now() < deadline,
        `the scan shows socket ${inode} ${isThere ? "too late" : "for too long"}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
