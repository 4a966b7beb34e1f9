import { deepStrictEqual as equal } from "node:assert/strict";
import { listening } from "../plan/samples.ts";
import { forward, Rig, tell } from "./rig.ts";

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
  const all = Array.from({ length: 1000 }, (_, i) => 20_000 + i);
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

Deno.test("Reconciler uses a hinted name that comes after the first look", async () => {
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
