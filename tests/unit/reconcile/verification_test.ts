import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { openingOf } from "../../../src/plan/claims/claim.ts";
import { listening, taking } from "../plan/samples.ts";
import { forward, Rig, tell } from "./rig.ts";

Deno.test("Reconciler makes rules again that vanished, at the next verification", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80"), listening("0.0.0.0:81")];
  await rig.start();
  rig.host.remove("0.0.0.0:80");
  rig.host.claims = rig.host.claims.filter((claim) => openingOf(claim).port !== 80);
  await rig.clock.advance(61_000);
  rig.expect([forward(80), forward(81)]);
  await rig.stop();
});

Deno.test("Reconciler verifies every 60 s, and at once after the machine slept", async () => {
  const rig = new Rig({ intervalMs: 500 });
  await rig.start();
  equal(rig.host.snapshotCount, 1);
  await rig.clock.advance(600_000);
  ok(rig.host.snapshotCount >= 10 && rig.host.snapshotCount <= 11, `${rig.host.snapshotCount}`);
  const before = rig.host.snapshotCount;
  rig.clock.suspend(4000);
  await rig.clock.advance(1000);
  equal(rig.host.snapshotCount, before, "four seconds are no sleep");
  rig.clock.suspend(3_600_000);
  await rig.clock.advance(1000);
  equal(rig.host.snapshotCount, before + 1);
  rig.clock.suspend(-3_600_000);
  await rig.clock.advance(1000);
  equal(rig.host.snapshotCount, before + 2, "a clock that is set back counts too");
  await rig.stop();
});

Deno.test("Reconciler withdraws a rule whose port a Windows program turns out to have", async () => {
  const rig = new Rig();
  await rig.start();
  rig.takeEvents();
  rig.host.onApplied = () => {
    rig.host.taken = [taking("0.0.0.0", 80, 4)];
  };
  rig.open("0.0.0.0:80");
  await rig.clock.advance(300);
  rig.expect([]);
  equal(tell(rig.takeEvents()), [
    `forwarded ${forward(80)}`,
    `removed ${forward(80)} (rejected)`,
    "rejected 80 (taken-on-windows)",
  ]);
  rig.host.onApplied = () => {};
  rig.host.taken = [];
  await rig.clock.advance(61_000);
  rig.expect([forward(80)]);
  await rig.stop();
});

Deno.test("Reconciler says once that IP Helper is stopped, and that it runs again", async () => {
  const rig = new Rig();
  rig.host.isForwarderRunning = false;
  await rig.start();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(200_000);
  equal(tell(rig.takeEvents()).filter((text) => text.startsWith("notice")), ["notice forwarder-stopped"]);
  rig.host.isForwarderRunning = true;
  await rig.clock.advance(61_000);
  equal(tell(rig.takeEvents()), ["notice forwarder-running"]);
  await rig.stop();
});

Deno.test("Reconciler makes firewall rules again that somebody reset, and the entries stay ours", async () => {
  const rig = new Rig();
  rig.listeners = [80, 81].map((port) => listening(`0.0.0.0:${port}`));
  await rig.start();
  rig.host.claims = []; // netsh advfirewall reset
  await rig.clock.advance(62_000);
  rig.expect([forward(80), forward(81)]);
  rig.listeners = [];
  rig.wake();
  await rig.clock.advance(5000);
  rig.expect([]);
  await rig.stop();
});

Deno.test("Reconciler finds by a change of its own that somebody removed its rules", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80")];
  await rig.start();
  rig.host.claims = [];
  rig.host.entries = [];
  rig.open("0.0.0.0:81");
  await rig.clock.advance(1000);
  rig.expect([forward(80), forward(81)]);
  await rig.stop();
});

Deno.test("Reconciler does not trust a read that a change overtook", async () => {
  const rig = new Rig({ intervalMs: 500 });
  await rig.start();
  rig.host.readMs = 300;
  rig.clock.suspend(3_600_000);
  await rig.clock.advance(500);
  // The read began before this change and ends after it: it has not seen the entry.
  rig.open("0.0.0.0:80");
  await rig.clock.advance(5000);
  rig.expect([forward(80)]);
  equal(rig.host.operations.map(({ kind }) => kind), ["add-claim", "add-entry"]);
  await rig.stop();
});

Deno.test("Reconciler goes on where its claims turn out to be gone while it looks up programs", async () => {
  const rig = new Rig({ policy: { denyPrograms: ["miner"] } });
  await rig.start();
  rig.resolveMs = 10;
  rig.host.onApplied = () => {
    rig.host.claims = [];
    rig.host.onApplied = () => {};
  };
  rig.open("0.0.0.0:80");
  await rig.clock.advance(155); // 10 for the name, 100 for netsh, and 5 to go until its check is done.
  rig.open("0.0.0.0:81");
  await rig.clock.advance(20_000);
  rig.expect([forward(80), forward(81)]);
  await rig.stop();
});

Deno.test("Reconciler does not judge its claims by what it reads in the middle of a change", async () => {
  const rig = new Rig({ lingerMs: 0 });
  await rig.start();
  rig.takeEvents();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(130); // The netsh is done, its check is under way: it ends within the next change.
  rig.close(80);
  rig.open("0.0.0.0:81");
  await rig.clock.advance(3000);
  rig.expect([forward(81)]);
  equal(tell(rig.takeEvents()).filter((text) => text.startsWith("error")), []);
  equal(rig.host.snapshotCount, 1, "nothing was in doubt");
  await rig.stop();
});

Deno.test("Reconciler names the Windows program that has a port, where that can be told", async () => {
  for (const name of ["postgres.exe", null]) {
    const rig = new Rig({ lingerMs: 0 });
    if (name !== null) rig.host.names.set(4711, name);
    rig.host.taken = [taking("0.0.0.0", 80, 4711)];
    await rig.start();
    rig.open("0.0.0.0:80");
    await rig.clock.advance(500);
    rig.close(80);
    await rig.clock.advance(500);
    const details = rig.takeEvents().flatMap((event) =>
      event.type === "rejected" || event.type === "cleared" ? [event.rejection.detail] : []
    );
    const detail = name === null ? "pid 4711" : "postgres.exe, pid 4711";
    equal(details, [detail, detail]);
    await rig.stop();
  }
});
