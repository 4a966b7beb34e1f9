import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Listener } from "../../src/net/listener.ts";
import { ProcPrograms } from "../../src/linux/proc/programs.ts";
import { type OpenedSocket, SocketProcess } from "./socket_process.ts";

function listenerOf({ inode, port }: OpenedSocket): Listener {
  return { protocol: "tcp", family: 4, address: "127.0.0.1", port, inode, uid: 0, v6only: false };
}

/** Sockets are numbered upwards from 1: no machine has come this far. */
const UNSEEN = {
  protocol: "tcp",
  family: 4,
  address: "0.0.0.0",
  port: 1,
  inode: 4_200_000_000,
  uid: 0,
  v6only: false,
} as const;

/** Runs a test with a perl and a program source, and cleans up after it. */
function test(name: string, body: (process: SocketProcess, programs: ProcPrograms) => Promise<void>): void {
  Deno.test(name, async () => {
    await using process = await SocketProcess.start({ ownNetwork: false });
    const programs = new ProcPrograms();
    try {
      await body(process, programs);
    } finally {
      programs.close();
    }
  });
}

test("ProcPrograms finds the program of a socket, with its other names", async (process, programs) => {
  const socket = await process.listen("a 4 127.0.0.1 0");
  equal(programs.programOf(socket.inode), null);
  await process.run("name 7365727665722031"); // server 1
  await programs.resolve([listenerOf(socket)]);
  const program = programs.programOf(socket.inode);
  equal([program?.pid, program?.name, program?.aliases[0]], [process.pid, "server 1", "perl"]);
  ok(program?.executable?.startsWith("/usr/bin/perl"), program?.executable);
});

test(
  "ProcPrograms keeps hostile names as they are, and decodes what is no UTF-8",
  async (process, programs) => {
    const names = [
      ["7409620a632264", 't\tb\nc"d'],
      ["1b5b33316d", "\x1b[31m"],
      ["ff61e28080", "\ufffda\u2000"],
      ["c3a9", "é"],
      ["0a", "\n"],
      ["", ""],
    ] as const;
    for (const [i, [hex, expected]] of names.entries()) {
      await process.run(`name ${hex}`);
      const socket = await process.listen(`s${i} 4 127.0.0.1 0`);
      await programs.resolve([listenerOf(socket)]);
      equal(programs.programOf(socket.inode)?.name, expected);
    }
  },
);

test("ProcPrograms looks a socket up once and forgets it when it is gone", async (process, programs) => {
  const socket = await process.listen("a 4 127.0.0.1 0");
  await process.run("name 6f6e65");
  await programs.resolve([listenerOf(socket)]);
  await process.run("name 74776f");
  await programs.resolve([listenerOf(socket)]);
  equal(programs.programOf(socket.inode)?.name, "one");
  await programs.resolve([]);
  equal(programs.programOf(socket.inode), null);
});

test("ProcPrograms names the parent of a child that shares its socket", async (process, programs) => {
  const socket = await process.listen("a 4 127.0.0.1 0");
  await process.run("fork a");
  await programs.resolve([listenerOf(socket)]);
  equal(programs.programOf(socket.inode)?.pid, process.pid);
});

test("ProcPrograms finds the child where the parent is gone", async (process, programs) => {
  const socket = await process.listen("a 4 127.0.0.1 0");
  const pid = Number((await process.run("leave")).get("pid"));
  await programs.resolve([listenerOf(socket)]);
  equal(programs.programOf(socket.inode)?.pid, pid);
});

test("ProcPrograms finds who was handed a socket", async (process, programs) => {
  const socket = await process.listen("a 4 127.0.0.1 0");
  const pid = Number((await process.run("pass a")).get("pid"));
  await programs.resolve([listenerOf(socket)]);
  equal(programs.programOf(socket.inode)?.pid, pid);
});

test("ProcPrograms finds a socket among 3,000 of one process", async (process, programs) => {
  await process.run("many 3000 127.0.0.1");
  const socket = await process.listen("a 4 127.0.0.1 0");
  await programs.resolve([listenerOf(socket)]);
  equal(programs.programOf(socket.inode)?.pid, process.pid);
});

test("ProcPrograms finds a process whose user changed after it listened", async (process, programs) => {
  const socket = await process.listen("a 4 127.0.0.1 0");
  if (Deno.uid() === 0) await process.run("uid 1234");
  await programs.resolve([listenerOf(socket)]);
  equal(programs.programOf(socket.inode)?.pid, process.pid);
});

Deno.test("ProcPrograms uses a hinted name only where the program cannot be seen", async () => {
  await using process = await SocketProcess.start({ ownNetwork: false });
  const programs = new ProcPrograms();
  const socket = await process.listen("a 4 127.0.0.1 0");
  programs.hintName(socket.inode, "hinted");
  programs.hintName(UNSEEN.inode, "other distro");
  await programs.resolve([]);
  await programs.resolve([listenerOf(socket), UNSEEN]);
  equal(programs.programOf(socket.inode)?.pid, process.pid);
  equal(programs.programOf(UNSEEN.inode), { pid: null, name: "other distro", aliases: [] });
  await programs.resolve([]);
  equal(programs.programOf(UNSEEN.inode), null);
  programs.close();
});

Deno.test("ProcPrograms keeps the newest of too many hinted names", async () => {
  const programs = new ProcPrograms();
  const unseen = Array.from({ length: 5000 }, (_, i) => ({ ...UNSEEN, inode: UNSEEN.inode + i }));
  for (const { inode } of unseen) programs.hintName(inode, `name ${inode}`);
  await programs.resolve(unseen);
  equal(programs.programOf(unseen[0]!.inode), null);
  equal(programs.programOf(unseen[4999]!.inode)?.name, `name ${unseen[4999]!.inode}`);
  programs.close();
});

Deno.test("ProcPrograms resolves while processes come and go", async () => {
  const programs = new ProcPrograms();
  const searches = Array.from({ length: 20 }, async (_, i) => {
    const child = new Deno.Command("/bin/true").spawn();
    await programs.resolve([{ ...UNSEEN, inode: UNSEEN.inode + i }]);
    ok((await child.status).success);
  });
  await Promise.all(searches);
  equal(programs.programOf(UNSEEN.inode), null);
  programs.close();
});
