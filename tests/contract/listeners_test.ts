import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { openListenerSource } from "../../src/linux/proc/proc_net.ts";
import { SockDiagListeners } from "../../src/linux/netlink/sock_diag.ts";
import { SnapshotError } from "../../src/contracts/snapshot_error.ts";
import type { Listener } from "../../src/net/listener.ts";
import { lacks } from "./needs.ts";
import { besideTests, SocketProcess } from "./socket_process.ts";

/** What both sources see in the namespace of a socket process. */
async function scan(process: SocketProcess): Promise<{ netlink: Listener[]; procfs: Listener[] }> {
  const { stdout, success } = await new Deno.Command("nsenter", {
    args: [
      `--net=/proc/${process.pid}/ns/net`,
      Deno.execPath(),
      "run",
      "-A",
      besideTests("print_listeners.ts"),
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("print_listeners.ts failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** What `what` opens, as one source should show it. */
async function open(process: SocketProcess, what: string, expected: Partial<Listener>): Promise<Listener> {
  const { inode, port } = await process.listen(what);
  return { protocol: "tcp", family: 4, address: "0.0.0.0", port, inode, uid: 0, v6only: false, ...expected };
}

/** Holds both sources to the same, expected answer. */
async function expectBoth(process: SocketProcess, expected: readonly Listener[]): Promise<void> {
  const seen = await scan(process);
  const sorted = expected.toSorted((a, b) => a.port - b.port || a.family - b.family || a.inode - b.inode);
  equal(seen.netlink, sorted, "netlink");
  equal(seen.procfs, sorted, "procfs");
}

Deno.test("both sources show no listener where there is none", { ignore: lacks("root") }, async () => {
  await using process = await SocketProcess.start({ ownNetwork: true });
  await expectBoth(process, []);
});

Deno.test("both sources show address, port, inode and user of IPv4 and IPv6 listeners", {
  ignore: lacks("root"),
}, async () => {
  await using process = await SocketProcess.start({ ownNetwork: true });
  const six = { family: 6, address: "::" } as const;
  const expected = [
    await open(process, "any4 4 0.0.0.0 1001", {}),
    await open(process, "loopback4 4 127.0.0.1 1002", { address: "127.0.0.1" }),
    await open(process, "dual 6 :: 1003 dual", six),
    await open(process, "loopback6 6 ::1 1004", { ...six, address: "::1", v6only: true }),
    await open(process, "mapped 6 ::ffff:127.0.0.1 1005 dual", { ...six, address: "::ffff:127.0.0.1" }),
    await open(process, "mappedany 6 ::ffff:0.0.0.0 1006 dual", { ...six, address: "::ffff:0.0.0.0" }),
    await open(process, "highest 4 0.0.0.0 65535", {}),
    await open(process, "unbound 4 - 0 nobind", {}),
    await open(process, "idle 4 0.0.0.0 1007 backlog=0", {}),
  ];
  await process.run("uid 1234");
  expected.push(await open(process, "user 4 0.0.0.0 1990", { uid: 1234 }));
  await expectBoth(process, expected);
});

Deno.test("both sources tell an IPv6 socket that refuses IPv4 beside an IPv4 socket on its port", {
  ignore: lacks("root"),
}, async () => {
  await using process = await SocketProcess.start({ ownNetwork: true });
  await expectBoth(process, [
    await open(process, "four 4 0.0.0.0 1001", {}),
    await open(process, "six 6 :: 1001 v6only", { family: 6, address: "::", v6only: true }),
  ]);
});

Deno.test(
  "only netlink tells that an IPv6 socket alone on its port refuses IPv4",
  { ignore: lacks("root") },
  async () => {
    await using process = await SocketProcess.start({ ownNetwork: true });
    const six = await open(process, "six 6 :: 1001 v6only", { family: 6, address: "::", v6only: true });
    equal(await scan(process), { netlink: [six], procfs: [{ ...six, v6only: false }] });
  },
);

Deno.test("both sources show each socket of a SO_REUSEPORT pair, and the one that stays", {
  ignore: lacks("root"),
}, async () => {
  await using process = await SocketProcess.start({ ownNetwork: true });
  const first = await open(process, "first 4 0.0.0.0 1001 reuseport", {});
  const second = await open(process, "second 4 0.0.0.0 1001 reuseport", {});
  await expectBoth(process, [first, second]);
  await process.run("close first");
  await expectBoth(process, [second]);
});

Deno.test("both sources show an MPTCP listener once, with the inode its program holds", {
  ignore: lacks("root", "mptcp"),
}, async () => {
  await using process = await SocketProcess.start({ ownNetwork: true });
  await expectBoth(process, [await open(process, "mptcp 4 0.0.0.0 1001 mptcp", {})]);
});

Deno.test("both sources follow shutdown and listening again", { ignore: lacks("root") }, async () => {
  await using process = await SocketProcess.start({ ownNetwork: true });
  const listener = await open(process, "a 4 0.0.0.0 1001", {});
  await process.run("again a 5");
  await expectBoth(process, [listener]);
  await process.run("shutdown a");
  await expectBoth(process, []);
  await process.run("reopen a");
  await expectBoth(process, [listener]);
});

Deno.test("both sources show nothing of another network namespace", { ignore: lacks("root") }, async () => {
  await using here = await SocketProcess.start({ ownNetwork: true });
  await using elsewhere = await SocketProcess.start({ ownNetwork: true });
  const ours = await open(here, "a 4 0.0.0.0 1001", {});
  await open(elsewhere, "a 4 0.0.0.0 1002", {});
  await expectBoth(here, [ours]);
});

Deno.test("both sources show 500 listeners", { ignore: lacks("root") }, async () => {
  await using process = await SocketProcess.start({ ownNetwork: true });
  await process.run("many 500 127.0.0.1");
  const { netlink, procfs } = await scan(process);
  equal(procfs, netlink);
  equal(new Set(netlink.map(({ port }) => port)).size, 500);
});

Deno.test(
  "both sources show the listeners alone among 5,000 connections",
  { ignore: lacks("root") },
  async () => {
    await using process = await SocketProcess.start({ ownNetwork: true });
    const four = await open(process, "four 4 0.0.0.0 1001 backlog=100", {});
    const six = await open(process, "six 6 :: 1002 dual", { family: 6, address: "::" });
    for (let i = 0; i < 4; i++) await process.run("connect four 1000");
    await process.run("connect six 1000");
    await expectBoth(process, [four, six]);
  },
);

Deno.test("SockDiagListeners can be closed twice, and says so when it is read after that", () => {
  const source = new SockDiagListeners();
  source.snapshot();
  source.close();
  source.close();
  throws(() => source.snapshot(), SnapshotError);
});

Deno.test("openListenerSource prefers netlink", () => {
  const source = openListenerSource();
  equal(source.name, "netlink");
  source.close();
});
