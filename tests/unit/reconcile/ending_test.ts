import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { HostError } from "../../../src/contracts/host.ts";
import { SnapshotError } from "../../../src/contracts/snapshot_error.ts";
import { claim, entry, listening, ports, taking } from "../plan/samples.ts";
import type { Fault } from "./fake_host.ts";
import { forward, hold, Rig, tell } from "./rig.ts";

const REFUSE: Fault = { kind: "refuse" };

Deno.test("Reconciler leaves no entry without a claim behind at its end", async () => {
  const rig = new Rig();
  await rig.start();
  rig.host.lastingFault = { kind: "fail", operations: ({ kind }) => kind === "add-claim" };
  rig.open("0.0.0.0:80");
  await rig.clock.advance(60);
  await rig.stop();
  rig.host.lastingFault = null;
  const removing = rig.reconciler.removeAll();
  await rig.clock.advance(5000);
  await removing;
  rig.expect([]);
});

Deno.test("Reconciler.runOnce withdraws such a rule too", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80"), listening("0.0.0.0:81")];
  rig.host.onApplied = () => {
    rig.host.taken = [taking("0.0.0.0", 80, 4)];
  };
  const once = rig.reconciler.runOnce();
  await rig.clock.advance(5000);
  await once;
  rig.expect([forward(81)]);
});

Deno.test("Reconciler.runOnce makes a rule for every port there is, and removeAll removes them", async () => {
  const rig = new Rig({ policy: { fixedPorts: ports("1-65535") } });
  const once = rig.reconciler.runOnce();
  await rig.clock.advance(60_000);
  await once;
  equal(rig.host.entries.length, 65_535);
  equal(rig.host.claimed.length, 65_535);
  equal(rig.events.filter(({ type }) => type === "forwarded").length, 65_535);
  ok(rig.host.applies.length <= 20, `${rig.host.applies.length} netsh`);
  const removing = rig.reconciler.removeAll();
  await rig.clock.advance(60_000);
  equal(await removing, 65_535);
  rig.expect([]);
  equal(rig.host.offences, []);
});

Deno.test("Reconciler.runOnce rejects where something cannot be read or made", async () => {
  const unread = new Rig(), unmade = new Rig();
  unread.host.readFault = "interop is gone";
  unmade.listeners = [listening("0.0.0.0:80")];
  unmade.host.lastingFault = REFUSE;
  for (const [rig, error] of [[unread, SnapshotError], [unmade, HostError]] as const) {
    const once = rejects(rig.reconciler.runOnce(), error);
    await rig.clock.advance(5000);
    await once;
  }
});

Deno.test("Reconciler.removeAll leaves nothing of ours, whoever made it, and everything else", async () => {
  const rig = new Rig();
  const foreign = "0.0.0.0:22 -> 192.168.7.7:22";
  rig.host.put(entry(foreign));
  rig.host.putClaim(claim(forward(9000)));
  hold(rig.host, forward(80), "192.168.1.5:81 -> 172.30.0.9:81");
  const removing = rig.reconciler.removeAll();
  await rig.clock.advance(1000);
  equal(await removing, 3);
  rig.expect([], [foreign]);
  const again = rig.reconciler.removeAll();
  await rig.clock.advance(1000);
  equal([await again, rig.host.applies.length], [0, 1]);
});

Deno.test("Reconciler.run, then removeAll: everything that was made goes", async () => {
  const rig = new Rig();
  rig.listeners = Array.from({ length: 900 }, (_, i) => listening(`0.0.0.0:${i + 1}`));
  await rig.start();
  await rig.clock.advance(5000);
  await rig.stop();
  rig.takeEvents();
  const removing = rig.reconciler.removeAll();
  await rig.clock.advance(5000);
  equal(await removing, 900);
  rig.expect([]);
  const told = tell(rig.takeEvents());
  equal([told.length, told.filter((text) => text.endsWith("(stopped)")).length], [900, 900]);
});

for (const late of [0, 1]) {
  Deno.test(`Reconciler.run ends while a netsh hangs, and removeAll awaits what may come: ${late} line`, async () => {
    const rig = new Rig();
    await rig.start();
    rig.host.faults.push({ kind: "hang", done: 1, late, lateMs: 2000 });
    rig.open("0.0.0.0:80");
    await rig.clock.advance(100);
    const stopping = rig.stop();
    await rig.clock.advance(10_200);
    await stopping;
    const removing = rig.reconciler.removeAll();
    await rig.clock.advance(40_000);
    await removing;
    rig.expect([]);
  });
}

Deno.test("Reconciler.removeAll gives up on what a netsh that was cut off may still change, and leaves it alone", async () => {
  const rig = new Rig();
  await rig.start();
  rig.host.faults.push({ kind: "hang", done: 1, late: 0, lateMs: 0 });
  rig.open("0.0.0.0:80");
  await rig.clock.advance(100);
  const stopping = rig.stop();
  await rig.clock.advance(10_200);
  await stopping;
  const deadline = new AbortController();
  const removing = rejects(rig.reconciler.removeAll(deadline.signal));
  await rig.clock.advance(1000);
  deadline.abort();
  await removing;
  equal(rig.host.claims.length, 1, "the title to what may yet be made");
});
