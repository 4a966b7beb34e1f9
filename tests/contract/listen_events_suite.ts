import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { SockDiagListeners } from "../../src/linux/sock_diag.ts";
import type { ListenEvent, Wake, WakeSource } from "../../src/reconcile/ports.ts";
import { lacks, type Need } from "./needs.ts";
import { SocketProcess } from "./socket_process.ts";

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
class Watch {
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

  /** Resolves with the event numbered `nth` of a kind on a socket. */
  async event(
    kind: ListenEvent["kind"],
    socket: { inode: number; port: number },
    nth = 0,
  ): Promise<ListenEvent> {
    const isMeant = (event: ListenEvent) =>
      event.kind === kind &&
      (this.engine.hasInodes ? event.inode === socket.inode : event.port === socket.port);
    await this.until(() => this.events.filter(isMeant).length > nth, `${kind} of port ${socket.port}`);
    return this.events.filter(isMeant)[nth]!;
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

  /** Waits for a socket that was opened later: everything before it has been told then. */
  async settle(): Promise<void> {
    const marker = await this.sockets.listen("marker 4 127.0.0.1 0");
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

/**
 * Holds an engine to what the kernel does. Any engine of listen events must pass it. One start serves all but the
 * last: attaching takes bpftrace a second or two.
 */
export function testListenEvents(engine: Engine): void {
  const steps: {
    name: string;
    ignore: boolean;
    body: (watch: Watch, sockets: SocketProcess) => Promise<void>;
  }[] = [];
  const test = (
    name: string,
    body: (watch: Watch, sockets: SocketProcess) => Promise<void>,
    needs: Need[] = [],
  ) => steps.push({ name, ignore: lacks(...needs), body });

  Deno.test(`${engine.name} tells what listens`, { ignore: lacks(...engine.needs) }, async (t) => {
    const source = engine.make();
    let onWake = (_: Wake) => {};
    try {
      await source.start((wake) => onWake(wake), (reason) => {
        throw reason;
      });
      for (const { name, ignore, body } of steps) {
        await t.step({
          name,
          ignore,
          fn: async () => {
            await using sockets = await SocketProcess.start({ ownNetwork: false });
            const watch = new Watch(engine, sockets);
            onWake = watch.onWake;
            try {
              await body(watch, sockets);
            } finally {
              watch.listeners.close();
            }
          },
        });
      }
    } finally {
      await source.stop();
      await source.stop();
    }
  });

  const kinds: readonly (readonly [string, string, Partial<ListenEvent>])[] = [
    ["IPv4", "4 127.0.0.1 0", { family: 4, address: "127.0.0.1" }],
    ["IPv6 for both families", "6 :: 0 dual", { family: 6, address: "::" }],
    ["IPv6 alone", "6 :: 0 v6only", { family: 6, address: "::" }],
    ["a mapped address", "6 ::ffff:127.0.0.1 0", { family: 6, address: "::ffff:127.0.0.1" }],
    ["backlog 0", "4 127.0.0.1 0 backlog=0", { family: 4, address: "127.0.0.1" }],
  ];
  test("tells of a listener and of its end, whatever its address", async (watch, sockets) => {
    for (const [name, what, expected] of kinds) {
      const socket = await sockets.listen(`a ${what}`);
      const { family, address, port } = await watch.event("open", socket);
      equal({ family, address, port }, { ...expected, port: socket.port }, name);
      await watch.scanShows(socket.inode, true);
      await sockets.run("close a");
      await watch.event("close", socket);
      await watch.scanShows(socket.inode, false);
    }
  });

  test("tells of an MPTCP listener by the inode its program holds", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 127.0.0.1 0 mptcp");
    await watch.event("open", socket);
    await watch.scanShows(socket.inode, true);
    await sockets.run("close a");
    await watch.event("close", socket);
    await watch.scanShows(socket.inode, false);
  }, ["mptcp"]);

  test("tells of a listen without bind, whose port the scan shows", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 - 0 nobind");
    if (engine.hasInodes) await watch.event("open", socket);
    else await watch.until(() => watch.events.some(({ kind }) => kind === "open"), "an open");
    await watch.scanShows(socket.inode, true);
    equal(watch.listeners.snapshot().find(({ inode }) => inode === socket.inode)?.port, socket.port);
  });

  test("tells once of a socket that listens twice", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 127.0.0.1 0");
    await sockets.run("again a 7");
    await watch.settle();
    equal(watch.events.filter(({ port }) => port === socket.port).map(({ kind }) => kind), ["open"]);
  });

  test("tells of shutdown and of listening again", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 127.0.0.1 0");
    await sockets.run("shutdown a");
    await watch.event("close", socket);
    await watch.scanShows(socket.inode, false);
    await sockets.run("reopen a");
    await watch.event("open", socket, 1);
    await watch.scanShows(socket.inode, true);
  });

  test("leaves a SO_REUSEPORT port open while one of two sockets is", async (watch, sockets) => {
    const first = await sockets.listen("first 4 127.0.0.1 0 reuseport");
    const second = await sockets.listen(`second 4 127.0.0.1 ${first.port} reuseport`);
    await sockets.run("close first");
    await watch.event("close", first);
    await watch.scanShows(first.inode, false);
    await watch.scanShows(second.inode, true);
  });

  test("leaves no listener behind a listen that failed", async (watch, sockets) => {
    // Both bind with SO_REUSEADDR, and only one can listen: the second bind succeeds, its listen does not.
    const socket = await sockets.listen("a 4 127.0.0.1 0 reuseaddr");
    const failure = await sockets.listen(`b 4 127.0.0.1 ${socket.port} reuseaddr`).catch(String);
    ok(String(failure).includes("Address already in use"), String(failure));
    await watch.settle();
    const seen = watch.listeners.snapshot().filter(({ port }) => port === socket.port);
    equal(seen.map(({ inode }) => inode), [socket.inode]);
  });

  test("keeps a listener that a forked child holds when its parent is gone", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 127.0.0.1 0");
    await sockets.run("leave");
    await watch.settle();
    equal(watch.events.filter(({ port }) => port === socket.port).map(({ kind }) => kind), ["open"]);
    await watch.scanShows(socket.inode, true);
  });

  test("keeps a listener that was handed to another program over a unix socket", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 127.0.0.1 0");
    const pid = Number((await sockets.run("pass a")).get("pid"));
    await watch.settle();
    equal(watch.events.filter(({ port }) => port === socket.port).map(({ kind }) => kind), ["open"]);
    Deno.kill(pid, "SIGKILL");
    await watch.event("close", socket);
    await watch.scanShows(socket.inode, false);
  });

  test("tells of the end of a program that was killed", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 127.0.0.1 0");
    await watch.event("open", socket);
    await sockets.kill();
    await watch.event("close", socket);
    await watch.scanShows(socket.inode, false);
  });

  test("tells of a listener of a program that changed its user", async (watch, sockets) => {
    await sockets.run("uid 1234");
    const socket = await sockets.listen("a 4 127.0.0.1 0");
    await watch.event("open", socket);
    equal(watch.listeners.snapshot().find(({ inode }) => inode === socket.inode)?.uid, 1234);
  });

  test("tells nothing of another network namespace", async (watch) => {
    if (!engine.hasNamespaces) return;
    await using elsewhere = await SocketProcess.start({ ownNetwork: true });
    await elsewhere.listen("a 4 127.0.0.1 31999");
    await elsewhere.run("close a");
    await watch.settle();
    equal(watch.events.filter(({ port }) => port === 31999), []);
  });

  test("tells nothing of a thousand connections to a listener", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 127.0.0.1 0");
    await sockets.run("churn a 1000");
    await watch.settle();
    equal(watch.events.filter(({ port }) => port === socket.port).map(({ kind }) => kind), ["open"]);
  });

  test(
    "names the program that opened a socket, whatever its name, and nobody at a close",
    async (watch, sockets) => {
      if (!engine.hasInodes) return;
      const names = [
        ["6e6f6465", "node"],
        ["7409620a63", "t\tb\nc"],
        ["2227205c", "\"' \\"],
        ["1b5b33316d", "\x1b[31m"],
        ["c3a9ff", "é\ufffd"],
        ["313233343536373839303132333435", "123456789012345"],
      ] as const;
      for (const [hex, expected] of names) {
        await sockets.run(`name ${hex}`);
        const socket = await sockets.listen("a 4 127.0.0.1 0");
        equal((await watch.event("open", socket)).programName, expected);
        await sockets.run("close a");
        equal((await watch.event("close", socket)).programName, null);
      }
    },
  );

  test("tells of every listener in a burst, or that some were lost", async (watch, sockets) => {
    await sockets.run("storm 500");
    await watch.settle();
    const hasLost = watch.wakes.some(({ reason }) => reason === "lost");
    const opened = watch.events.filter(({ kind, address }) => kind === "open" && address === "127.0.0.1");
    ok(hasLost || opened.length >= 501, `${opened.length} events`);
  });

  Deno.test(`${engine.name}: a snapshot taken when it is ready misses nothing`, {
    ignore: lacks(...engine.needs) || !engine.hasInodes,
  }, async () => {
    await using sockets = await SocketProcess.start({ ownNetwork: false });
    const source = engine.make();
    const listeners = new SockDiagListeners();
    const opened: number[] = [];
    const stop = new AbortController();
    const opening = (async () => {
      while (!stop.signal.aborted) {
        opened.push((await sockets.listen(`s${opened.length} 4 127.0.0.1 0`)).inode);
      }
    })();
    const watch = new Watch(engine, sockets);
    watch.listeners.close();
    await source.start(watch.onWake, () => {});
    const seen = new Set(listeners.snapshot().map(({ inode }) => inode));
    stop.abort();
    await opening;
    await watch.settle();
    await source.stop();
    listeners.close();
    for (const { inode } of watch.events) seen.add(inode);
    equal(opened.filter((inode) => !seen.has(inode)), []);
  });
}
