import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { SockDiagListeners } from "../../src/linux/netlink/sock_diag.ts";
import type { ListenEvent, Wake } from "../../src/contracts/wake.ts";
import { type Engine, ListenWatch } from "./listen_watch.ts";
import { lacks, type Need } from "./needs.ts";
import { SocketProcess } from "./socket_process.ts";

/**
 * Holds an engine to what the kernel does. Any engine of listen events must pass it. One start serves all but the
 * last: attaching takes bpftrace a second or two.
 */
export function testListenEvents(engine: Engine): void {
  const steps: {
    name: string;
    ignore: boolean;
    body: (watch: ListenWatch, sockets: SocketProcess) => Promise<void>;
  }[] = [];
  const test = (
    name: string,
    body: (watch: ListenWatch, sockets: SocketProcess) => Promise<void>,
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
            const watch = new ListenWatch(engine, sockets);
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

  const kinds: readonly (readonly [string, string, ListenEvent["family"]])[] = [
    ["IPv4", "4 home 0", 4],
    ["IPv4 for all", "4 0.0.0.0 0", 4],
    ["IPv6 for both families", "6 :: 0 dual", 6],
    ["IPv6 alone", "6 :: 0 v6only", 6],
    ["a mapped address", "6 ::ffff:home 0", 6],
    ["backlog 0", "4 home 0 backlog=0", 4],
  ];
  test("tells of a listener and of its end, whatever its address", async (watch, sockets) => {
    for (const [name, what, expected] of kinds) {
      const socket = await sockets.listen(`a ${what}`);
      const { family, address, port } = await watch.event("open", socket);
      equal(
        { family, address, port },
        { family: expected, address: socket.address, port: socket.port },
        name,
      );
      await watch.scanShows(socket.inode, true);
      await sockets.run("close a");
      await watch.event("close", socket);
      await watch.scanShows(socket.inode, false);
    }
  });

  test("tells of an MPTCP listener by the inode its program holds", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 home 0 mptcp");
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
    const socket = await sockets.listen("a 4 home 0");
    await sockets.run("again a 7");
    await watch.settle();
    equal(watch.eventsOf(socket).map(({ kind }) => kind), ["open"]);
  });

  test("tells of shutdown and of listening again", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 home 0");
    await sockets.run("shutdown a");
    await watch.event("close", socket);
    await watch.scanShows(socket.inode, false);
    await sockets.run("reopen a");
    await watch.event("open", socket, 1);
    await watch.scanShows(socket.inode, true);
  });

  test("leaves a SO_REUSEPORT port open while one of two sockets is", async (watch, sockets) => {
    const first = await sockets.listen("first 4 home 0 reuseport");
    const second = await sockets.listen(`second 4 home ${first.port} reuseport`);
    await sockets.run("close first");
    await watch.event("close", first);
    await watch.scanShows(first.inode, false);
    await watch.scanShows(second.inode, true);
  });

  test("leaves no listener behind a listen that failed", async (watch, sockets) => {
    // With SO_REUSEADDR both may bind, and whoever listens second is refused.
    const late = await sockets.open("bind late 4 home 0 reuseaddr");
    const socket = await sockets.listen(`a 4 home ${late.port} reuseaddr`);
    await rejects(sockets.run("again late 5"), /Address already in use/);
    await watch.settle();
    const seen = watch.listeners.snapshot().filter(({ address, port }) =>
      address === socket.address && port === socket.port
    );
    equal(seen.map(({ inode }) => inode), [socket.inode]);
  });

  test("keeps a listener that a forked child holds when its parent is gone", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 home 0");
    await sockets.run("leave");
    await watch.settle();
    equal(watch.eventsOf(socket).map(({ kind }) => kind), ["open"]);
    await watch.scanShows(socket.inode, true);
  });

  test("keeps a listener that was handed to another program over a unix socket", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 home 0");
    const pid = Number((await sockets.run("pass a")).get("pid"));
    await watch.settle();
    equal(watch.eventsOf(socket).map(({ kind }) => kind), ["open"]);
    Deno.kill(pid, "SIGKILL");
    await watch.event("close", socket);
    await watch.scanShows(socket.inode, false);
  });

  test("tells of the end of a program that was killed", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 home 0");
    await watch.event("open", socket);
    await sockets.kill();
    await watch.event("close", socket);
    await watch.scanShows(socket.inode, false);
  });

  test("tells of a listener of a program that changed its user", async (watch, sockets) => {
    await sockets.run("uid 1234");
    const socket = await sockets.listen("a 4 home 0");
    await watch.event("open", socket);
    equal(watch.listeners.snapshot().find(({ inode }) => inode === socket.inode)?.uid, 1234);
  });

  if (engine.hasNamespaces) {
    test("tells nothing of another network namespace", async (watch) => {
      await using elsewhere = await SocketProcess.start({ ownNetwork: true });
      await elsewhere.listen("a 4 home 31999");
      await elsewhere.run("close a");
      await watch.settle();
      equal(watch.events.filter(({ port }) => port === 31999), []);
    });
  }

  test("tells nothing of a thousand connections to a listener", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 home 0");
    await sockets.run("churn a 1000");
    await watch.settle();
    equal(watch.eventsOf(socket).map(({ kind }) => kind), ["open"]);
  });

  if (engine.hasInodes) {
    test(
      "names the program that opened a socket, whatever its name, and nobody at a close",
      async (watch, sockets) => {
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
          const socket = await sockets.listen("a 4 home 0");
          equal((await watch.event("open", socket)).programName, expected);
          await sockets.run("close a");
          equal((await watch.event("close", socket)).programName, null);
        }
      },
    );
  }

  test("tells of every listener in a burst, or that some were lost", async (watch, sockets) => {
    const socket = await sockets.listen("a 4 home 0");
    await sockets.run("storm 500");
    const count = () =>
      watch.events.filter(({ kind, address }) => kind === "open" && address === socket.address).length;
    // A later event of another processor may come sooner, so that no marker says when all is told.
    await watch.until(
      () => count() === 501 || watch.wakes.some(({ reason }) => reason === "lost"),
      "501 listeners or a loss",
    );
  });

  if (!engine.hasInodes) return;
  Deno.test(`${engine.name}: a snapshot taken when it is ready misses nothing`, {
    ignore: lacks(...engine.needs),
  }, async () => {
    await using sockets = await SocketProcess.start({ ownNetwork: false });
    const source = engine.make();
    const listeners = new SockDiagListeners();
    const opened: number[] = [];
    const stop = new AbortController();
    const opening = (async () => {
      while (!stop.signal.aborted) {
        opened.push((await sockets.listen(`s${opened.length} 4 home 0`)).inode);
      }
    })();
    const watch = new ListenWatch(engine, sockets);
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
