import { deepStrictEqual as equal } from "node:assert/strict";
import { claim, entry, GUEST, listening, ports, STRANGER } from "../plan/samples.ts";
import { forward, hold, Rig, tell } from "./rig.ts";

Deno.test("Reconciler is ready after its first pass, and forwards what listens", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80", "node"), listening("127.0.0.1:5432", "postgres")];
  await rig.start();
  rig.expect([forward(80)]);
  equal(tell(rig.takeEvents()), [`forwarded ${forward(80)}`, "rejected 5432 (loopback)", "ready"]);
  equal(rig.host.applies.length, 1);
  await rig.stop();
});

Deno.test("Reconciler tells the programs, also of what is gone", async () => {
  const rig = new Rig();
  await rig.start();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(300);
  rig.close(80);
  await rig.clock.advance(2000);
  const names = rig.takeEvents().map((event) =>
    event.type === "forwarded" || event.type === "removed" ? event.program?.name : event.type
  );
  equal(names, ["ready", "node", "node"]);
  await rig.stop();
});

Deno.test("Reconciler forwards at a wake without waiting for the interval, by one netsh", async () => {
  const rig = new Rig();
  await rig.start();
  const atMs = rig.clock.now();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(200);
  rig.expect([forward(80)]);
  equal(rig.host.applies.map((apply) => apply.atMs), [atMs]);
  await rig.stop();
});

Deno.test("Reconciler finds by the interval what no wake told", async () => {
  const rig = new Rig({ intervalMs: 500 });
  await rig.start();
  rig.listeners.push(listening("0.0.0.0:80"));
  await rig.clock.advance(700);
  rig.expect([forward(80)]);
  await rig.stop();
});

Deno.test("Reconciler.setInterval holds from now on", async () => {
  const rig = new Rig({ intervalMs: 500 });
  await rig.start();
  rig.reconciler.setInterval(30_000);
  await rig.clock.advance(1);
  const before = rig.scanCount;
  await rig.clock.advance(29_000);
  equal(rig.scanCount, before);
  rig.reconciler.setInterval(500);
  await rig.clock.advance(2100);
  equal(rig.scanCount - before >= 4, true);
  await rig.stop();
});

Deno.test("Reconciler keeps a rule for the linger after its listener is gone, and no longer", async () => {
  const rig = new Rig({ lingerMs: 1000 });
  await rig.start();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(200);
  rig.takeEvents();
  rig.close(80);
  await rig.clock.advance(990);
  rig.expect([forward(80)]);
  await rig.clock.advance(150);
  rig.expect([]);
  equal(tell(rig.takeEvents()), [`removed ${forward(80)} (closed)`]);
  await rig.stop();
});

Deno.test("Reconciler: a server that restarts within the linger costs no netsh", async () => {
  const rig = new Rig({ lingerMs: 1000 });
  await rig.start();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(200);
  const before = rig.host.applies.length;
  for (let i = 0; i < 5; i++) {
    rig.close(80);
    await rig.clock.advance(900);
    rig.open("0.0.0.0:80");
    await rig.clock.advance(2000);
  }
  rig.expect([forward(80)]);
  equal(rig.host.applies.length, before);
  await rig.stop();
});

Deno.test("Reconciler: with a linger of 0 a rule goes at once", async () => {
  const rig = new Rig({ lingerMs: 0 });
  await rig.start();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(200);
  rig.close(80);
  await rig.clock.advance(60);
  rig.expect([]);
  await rig.stop();
});

Deno.test("Reconciler removes at once what the policy rejects now", async () => {
  const rig = new Rig({ lingerMs: 60_000, policy: { denyPrograms: ["miner"] } });
  await rig.start();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(200);
  rig.takeEvents();
  const second = listening("0.0.0.0:80", "miner");
  rig.listeners.push(second);
  rig.wake();
  await rig.clock.advance(110);
  rig.expect([]);
  equal(tell(rig.takeEvents()), [`removed ${forward(80)} (rejected)`, "rejected 80 (program)"]);
  await rig.stop();
});

Deno.test("Reconciler: a socket that comes to listen on loopback only loses its rule at once", async () => {
  const rig = new Rig({ lingerMs: 60_000 });
  await rig.start();
  const [socket] = rig.open("0.0.0.0:80");
  await rig.clock.advance(200);
  // shutdown(), connect(AF_UNSPEC), bind() and listen() again: the same socket on another address.
  rig.listeners = [{ ...socket!, address: "127.0.0.1" }];
  rig.wake();
  await rig.clock.advance(200);
  rig.expect([]);
  await rig.stop();
});

Deno.test("Reconciler takes over what an earlier run made, and removes what is left over", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80", "node")];
  hold(rig.host, forward(80), forward(81));
  await rig.start();
  rig.expect([forward(80)]);
  equal(tell(rig.takeEvents()), [
    `removed ${forward(81)} (left-over)`,
    `forwarded ${forward(80)} (taken over)`,
    "ready",
  ]);
  equal(rig.host.operations.map(({ kind }) => kind), ["delete-entry", "delete-claim"]);
  await rig.stop();
});

Deno.test("Reconciler never touches what is not ours", async () => {
  const rig = new Rig();
  const foreign = [
    "0.0.0.0:80 -> 192.168.7.7:80",
    "*:81 -> nas.local:81",
    "0.0.0.0:30000-50000 -> x:1",
    forward(82),
  ];
  for (const text of foreign) rig.host.put(entry(text));
  rig.host.claims.push(claim(forward(82), STRANGER));
  rig.listeners = [80, 81, 82, 83].map((port) => listening(`0.0.0.0:${port}`));
  await rig.start();
  rig.expect([forward(83)], foreign);
  rig.listeners = [];
  rig.wake();
  await rig.clock.advance(5000);
  rig.expect([], foreign);
  equal(rig.host.claims.length, 1);
  await rig.stop();
});

Deno.test("Reconciler moves every rule in one pass when the guest's address changes", async () => {
  const rig = new Rig();
  rig.listeners = [80, 81, 82].map((port) => listening(`0.0.0.0:${port}`, "node"));
  await rig.start();
  rig.takeEvents();
  rig.address = "172.30.0.2";
  rig.wake([], "address");
  await rig.clock.advance(300);
  rig.expect([80, 81, 82].map((port) => forward(port, "172.30.0.2")));
  equal(rig.host.applies.length, 2);
  const events = tell(rig.takeEvents());
  equal(events.filter((text) => text.startsWith("address")), [`address ${GUEST} to 172.30.0.2`]);
  equal(events.filter((text) => text.endsWith("(moved)")).length, 3);
  equal(events.filter((text) => text.startsWith("forwarded")).length, 3);
  await rig.stop();
});

Deno.test("Reconciler hears of an address change while it reads the address", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80")];
  await rig.start();
  rig.addressMs = 100;
  rig.wake([], "address");
  await rig.clock.advance(50);
  rig.address = "172.30.0.2";
  rig.wake([], "address");
  await rig.clock.advance(500);
  rig.expect([forward(80, "172.30.0.2")]);
  await rig.stop();
});

Deno.test("Reconciler makes 200 ports that open at once with at most four netsh, and misses none", async () => {
  const rig = new Rig();
  await rig.start();
  const before = rig.host.applies.length;
  for (let port = 3000; port < 3200; port++) {
    rig.open(`0.0.0.0:${port}`);
    if (port % 10 === 0) await rig.clock.advance(1);
  }
  await rig.clock.advance(3000);
  rig.expect(Array.from({ length: 200 }, (_, i) => forward(3000 + i)));
  equal(rig.host.applies.length - before <= 4, true);
  await rig.stop();
});

Deno.test("Reconciler starts at most five netsh within a second when listeners flap", async () => {
  const rig = new Rig({ lingerMs: 0 });
  rig.host.applyMs = 10;
  await rig.start();
  for (let i = 0; i < 300; i++) {
    if (i % 2 === 0) rig.open("0.0.0.0:80");
    else rig.close(80);
    await rig.clock.advance(37);
  }
  const starts = rig.host.applies.map(({ atMs }) => atMs);
  for (const [i, atMs] of starts.entries()) {
    const within = starts.slice(i).filter((each) => each < atMs + 1000).length;
    equal(within <= 5, true, `${within} within a second`);
  }
  equal(starts.length > 30, true, "it still follows");
  await rig.clock.advance(3000);
  rig.expect([]);
  await rig.stop();
});

Deno.test("Reconciler changes more ports than one netsh takes, part by part, and tells each once", async () => {
  const rig = new Rig({ lingerMs: 0 });
  const all = Array.from({ length: 1000 }, (_, i) => 2000 + i);
  rig.listeners = all.map((port) => listening(`0.0.0.0:${port}`));
  await rig.start();
  await rig.clock.advance(10_000);
  rig.expect(all.map((port) => forward(port)));
  equal(tell(rig.takeEvents()).filter((text) => text.startsWith("forwarded")).length, 1000);
  rig.listeners = [];
  rig.wake();
  await rig.clock.advance(10_000);
  rig.expect([]);
  const told = tell(rig.takeEvents());
  equal([told.length, told.filter((text) => text.endsWith("(closed)")).length], [1000, 1000]);
  await rig.stop();
});

Deno.test("Reconciler looks again in a series until an event is explained", async () => {
  const rig = new Rig();
  await rig.start();
  const socket = listening("0.0.0.0:80");
  const started = rig.clock.now(), scans: number[] = [];
  const before = rig.scanCount;
  // The kernel tells before the socket can be found; it can be from the fourth look on.
  rig.wake([{
    kind: "open",
    inode: socket.inode,
    family: 4,
    address: "0.0.0.0",
    port: 0,
    programName: "node",
  }]);
  for (let ms = 0; ms < 19; ms++) {
    await rig.clock.advance(1);
    if (rig.scanCount > before + scans.length) scans.push(rig.clock.now() - started);
  }
  equal(rig.scanCount - before, 3, "at 0, 1 and 5 ms");
  rig.listeners.push(socket);
  await rig.clock.advance(200);
  rig.expect([forward(80)]);
  const after = rig.scanCount;
  await rig.clock.advance(5000);
  equal(rig.scanCount, after, "explained: no look at 50 and 300 ms");
  await rig.stop();
});

Deno.test("Reconciler ends the series for a listen() that came to nothing", async () => {
  const rig = new Rig();
  await rig.start();
  const before = rig.scanCount;
  rig.wake([{ kind: "open", inode: 99, family: 4, address: "0.0.0.0", port: 80, programName: "x" }]);
  await rig.clock.advance(10_000);
  equal(rig.scanCount - before, 6, "at 0, 1, 5, 20, 50 and 300 ms");
  equal(rig.host.applies, []);
  await rig.stop();
});

Deno.test("Reconciler uses a lent name that comes after the first look", async () => {
  const rig = new Rig({ policy: { allowPrograms: ["node"] } });
  rig.hidesPrograms = true;
  await rig.start();
  const socket = listening("0.0.0.0:80", "node");
  rig.listeners.push(socket);
  rig.wake([], "lost");
  await rig.clock.advance(500);
  rig.expect([]);
  rig.wake([{
    kind: "open",
    inode: socket.inode,
    family: 4,
    address: "0.0.0.0",
    port: 80,
    programName: "node",
  }]);
  await rig.clock.advance(200);
  rig.expect([forward(80)]);
  await rig.stop();
});

Deno.test("Reconciler forwards fixed ports also while nothing listens", async () => {
  const rig = new Rig({ policy: { fixedPorts: ports("80,443") } });
  await rig.start();
  rig.expect([forward(80), forward(443)]);
  await rig.stop();
});
