import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { HostError, SnapshotError } from "../../../src/reconcile/ports.ts";
import { claim, entry, listening, ports } from "../plan/samples.ts";
import type { Fault } from "./fake_host.ts";
import { forward, hold, Rig, tell } from "./rig.ts";

const REFUSE: Fault = { kind: "refuse" };

Deno.test("Reconciler deletes nothing because listeners cannot be read", async () => {
  const rig = new Rig({ intervalMs: 500, lingerMs: 0 });
  rig.listeners = [listening("0.0.0.0:80")];
  await rig.start();
  rig.takeEvents();
  rig.listenersFault = "no netlink";
  await rig.clock.advance(120_000);
  rig.expect([forward(80)]);
  equal(tell(rig.takeEvents()), ["error netlink"], "said once");
  rig.listenersFault = null;
  rig.listeners = [listening("0.0.0.0:81")];
  await rig.clock.advance(31_000);
  rig.expect([forward(81)]);
  equal(tell(rig.takeEvents()).filter((text) => text.startsWith("recovered")).length, 1);
  await rig.stop();
});

Deno.test("Reconciler deletes nothing because Windows cannot be read", async () => {
  const rig = new Rig();
  hold(rig.host, forward(80), forward(81));
  rig.listeners = [listening("0.0.0.0:80")];
  rig.host.readFault = "interop is gone";
  await rig.start();
  await rig.clock.advance(60_000);
  rig.expect([forward(80), forward(81)]);
  equal(rig.host.applies, []);
  equal(tell(rig.takeEvents()), ["error windows"]);
  rig.host.readFault = null;
  await rig.clock.advance(31_000);
  rig.expect([forward(80)]);
  await rig.stop();
});

Deno.test("Reconciler deletes nothing because the guest's address cannot be read, and goes on when it can", async () => {
  const rig = new Rig({ intervalMs: 500, lingerMs: 0 });
  rig.listeners = [listening("0.0.0.0:80")];
  await rig.start();
  rig.addressFault = "no default route";
  rig.listeners = [];
  rig.wake([], "address");
  await rig.clock.advance(40_000);
  rig.expect([forward(80)]);
  rig.addressFault = null;
  rig.wake([], "address");
  await rig.clock.advance(1000);
  rig.expect([]);
  await rig.stop();
});

Deno.test("Reconciler waits for the first address, and says why it is not ready", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80")];
  rig.addressFault = "no default route";
  await rig.start();
  await rig.clock.advance(10_000);
  equal([rig.host.applies.length, tell(rig.takeEvents())], [0, ["error address"]]);
  rig.addressFault = null;
  rig.wake([], "address");
  await rig.clock.advance(1000);
  rig.expect([forward(80)]);
  await rig.stop();
});

Deno.test("Reconciler reads again after an apply that failed, and tries again with back-off", async () => {
  const rig = new Rig({ intervalMs: 500 });
  await rig.start();
  rig.host.lastingFault = REFUSE;
  const first = rig.host.applies.length, reads = rig.host.snapshotCount;
  rig.open("0.0.0.0:80");
  await rig.clock.advance(200_000);
  const starts = rig.host.applies.slice(first).map(({ atMs }) => atMs);
  const gaps = starts.slice(1).map((atMs, i) => atMs - starts[i]!);
  ok(gaps.every((gap, i) => i === 0 || gap >= gaps[i - 1]! * 0.9), `${gaps}`);
  ok(gaps[0]! < 1000 && Math.max(...gaps) <= 31_000 && gaps.at(-1)! > 25_000, `${gaps}`);
  ok(rig.host.snapshotCount - reads >= starts.length - 1, "read before each new attempt");
  equal(tell(rig.takeEvents()).filter((text) => text.startsWith("error")), ["error netsh"]);
  rig.host.lastingFault = null;
  await rig.clock.advance(31_000);
  rig.expect([forward(80)]);
  const [recovered] = rig.takeEvents().filter(({ type }) => type === "recovered");
  equal(recovered, { type: "recovered", operation: "netsh", count: starts.length });
  await rig.stop();
});

Deno.test("Reconciler tries soon again at a wake, and the back-off starts anew", async () => {
  const rig = new Rig();
  await rig.start();
  rig.host.lastingFault = REFUSE;
  rig.open("0.0.0.0:80");
  await rig.clock.advance(100_000);
  const before = rig.host.applies.length;
  rig.open("0.0.0.0:81");
  await rig.clock.advance(1000);
  ok(rig.host.applies.length - before >= 2, "at the wake and soon after");
  rig.host.lastingFault = null;
  rig.open("0.0.0.0:82");
  await rig.clock.advance(600);
  rig.expect([forward(80), forward(81), forward(82)]);
  await rig.stop();
});

Deno.test("Reconciler: a pass that works ends the back-off, also one without a change", async () => {
  const rig = new Rig({ intervalMs: 500 });
  await rig.start();
  rig.listenersFault = "no netlink";
  await rig.clock.advance(100_000);
  rig.listenersFault = null;
  await rig.clock.advance(60_000);
  rig.listenersFault = "no netlink";
  await rig.clock.advance(600);
  rig.listenersFault = null;
  rig.listeners = [listening("0.0.0.0:80")];
  await rig.clock.advance(1500);
  rig.expect([forward(80)]);
  await rig.stop();
});

Deno.test("Reconciler does not let a storm of wakes hammer a Windows that fails", async () => {
  const rig = new Rig();
  await rig.start();
  rig.host.lastingFault = REFUSE;
  rig.host.applyMs = 1;
  rig.host.readMs = 1;
  rig.open("0.0.0.0:80");
  await rig.clock.advance(1000);
  const applies = rig.host.applies.length, reads = rig.host.snapshotCount;
  for (let i = 0; i < 2000; i++) {
    rig.wake();
    await rig.clock.advance(5);
  }
  ok(rig.host.applies.length - applies <= 60, `${rig.host.applies.length - applies} applies in 10 s`);
  ok(rig.host.snapshotCount - reads <= 60, `${rig.host.snapshotCount - reads} reads in 10 s`);
  rig.host.lastingFault = null;
  await rig.clock.advance(1000);
  rig.expect([forward(80)]);
  await rig.stop();
});

Deno.test("Reconciler makes right what netsh did only half, or said it did", async () => {
  const faults: readonly [string, Fault][] = [
    ["entries fail", { kind: "fail", operations: ({ kind }) => kind === "add-entry" }],
    ["claims fail", { kind: "fail", operations: ({ kind }) => kind === "add-claim" }],
    ["one port fails", {
      kind: "fail",
      operations: (each) => "entry" in each && each.entry.listenPort === "81",
    }],
    ["all fail", { kind: "fail", operations: () => true }],
    ["garbage", { kind: "mumble" }],
    ["a lie", { kind: "lie" }],
    ["a refusal", REFUSE],
  ];
  for (const [name, fault] of faults) {
    const rig = new Rig();
    hold(rig.host, forward(79));
    rig.listeners = [80, 81, 82].map((port) => listening(`0.0.0.0:${port}`));
    rig.host.faults.push(fault, fault);
    await rig.start();
    await rig.clock.advance(10_000);
    equal([name, rig.host.table], [name, [80, 81, 82].map((port) => forward(port))]);
    rig.expect([80, 81, 82].map((port) => forward(port)));
    await rig.stop();
  }
});

Deno.test("Reconciler leaves no entry behind whose firewall rule Windows refuses", async () => {
  const rig = new Rig();
  rig.host.put(entry("0.0.0.0:22 -> 192.168.7.7:22"));
  rig.host.lastingFault = { kind: "fail", operations: ({ kind }) => kind === "add-claim" };
  await rig.start();
  rig.open("0.0.0.0:80", "0.0.0.0:81");
  await rig.clock.advance(1000);
  rig.expect([], ["0.0.0.0:22 -> 192.168.7.7:22"]);
  const before = rig.host.operations.filter(({ kind }) => kind === "add-entry").length;
  await rig.clock.advance(300_000);
  rig.expect([], ["0.0.0.0:22 -> 192.168.7.7:22"]);
  const after = rig.host.operations.filter(({ kind }) => kind === "add-entry").length;
  equal(after, before, "nothing is opened again while claims fail");
  rig.host.lastingFault = null;
  await rig.clock.advance(40_000);
  rig.expect([forward(80), forward(81)], ["0.0.0.0:22 -> 192.168.7.7:22"]);
  await rig.stop();
});

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

Deno.test("Reconciler takes an entry without a claim that somebody else made meanwhile for theirs", async () => {
  const rig = new Rig();
  await rig.start();
  const foreign = "0.0.0.0:80 -> 192.168.7.7:80";
  rig.host.faults.push({ kind: "fail", operations: ({ kind }) => kind === "add-claim" });
  rig.host.onApplied = () => {
    rig.host.put(entry(foreign));
    rig.host.onApplied = () => {};
  };
  rig.open("0.0.0.0:80");
  await rig.clock.advance(5000);
  rig.expect([], [foreign]);
  await rig.stop();
});

Deno.test("Reconciler leaves the keys of a netsh that may still run alone until two reads 30 s apart agree", async () => {
  const rig = new Rig({ intervalMs: 500 });
  await rig.start();
  rig.takeEvents();
  rig.host.faults.push({ kind: "hang", done: 1, late: 5, lateMs: 10_000 });
  const before = rig.host.applies.length;
  rig.open("0.0.0.0:80");
  await rig.clock.advance(15_000 + 9000);
  equal(rig.host.applies.length, before + 1);
  rig.open("0.0.0.0:81");
  await rig.clock.advance(500);
  equal(rig.host.table, [forward(81)], "other ports go on");
  await rig.clock.advance(1000);
  // By now the late change has come about: seen by a read, it starts the 30 s again.
  await rig.clock.advance(25_000);
  equal(rig.host.operations.filter((each) => "entry" in each && each.entry.listenPort === "80").length, 1);
  await rig.clock.advance(65_000);
  rig.expect([forward(80), forward(81)]);
  const told = tell(rig.takeEvents());
  equal(told.filter((text) => text.startsWith("released")), []);
  equal(told.filter((text) => text.startsWith(`forwarded ${forward(80)}`)).length, 1);
  await rig.stop();
});

Deno.test("Reconciler does not say that a port is gone while its removal is pending", async () => {
  const rig = new Rig({ lingerMs: 0 });
  await rig.start();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(300);
  rig.takeEvents();
  rig.host.faults.push({ kind: "hang", done: 0, late: 0, lateMs: 0 });
  rig.close(80);
  await rig.clock.advance(20_000);
  equal(tell(rig.takeEvents()), ["error netsh"]);
  await rig.clock.advance(70_000);
  rig.expect([]);
  equal(tell(rig.takeEvents()), ["recovered netsh (1)", `removed ${forward(80)} (closed)`]);
  await rig.stop();
});

Deno.test("Reconciler makes rules again that vanished, at the next verification", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80"), listening("0.0.0.0:81")];
  await rig.start();
  rig.host.remove("0.0.0.0:80");
  rig.host.claims = rig.host.claims.filter(({ rule }) => rule.listenPort !== 80);
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

Deno.test("Reconciler releases an entry that somebody edited, and says so", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80")];
  await rig.start();
  rig.takeEvents();
  const edited = "0.0.0.0:80 -> 192.168.7.7:8080";
  rig.host.put(entry(edited));
  await rig.clock.advance(61_000);
  rig.expect([], [edited]);
  equal(tell(rig.takeEvents()), [`released ${forward(80)}`, "rejected 80 (foreign-entry)"]);
  await rig.stop();
  const removing = rig.reconciler.removeAll();
  await rig.clock.advance(1000);
  equal(await removing, 0);
  rig.expect([], [edited]);
});

Deno.test("Reconciler puts back in the same pass what somebody made on its key a moment before", async () => {
  const rig = new Rig();
  await rig.start();
  rig.takeEvents();
  const foreign = "0.0.0.0:80 -> 192.168.7.7:80";
  rig.host.onApply = () => {
    rig.host.put(entry(foreign));
    rig.host.onApply = () => {};
  };
  rig.open("0.0.0.0:80", "0.0.0.0:81");
  await rig.clock.advance(220);
  rig.expect([forward(81)], [foreign]);
  equal(tell(rig.takeEvents()), [
    `restored ${foreign}`,
    `forwarded ${forward(81)}`,
    "rejected 80 (foreign-entry)",
  ]);
  await rig.clock.advance(120_000);
  rig.expect([forward(81)], [foreign]);
  await rig.stop();
});

Deno.test("Reconciler puts back what somebody made on a key that it empties", async () => {
  const rig = new Rig({ lingerMs: 0 });
  await rig.start();
  rig.open("0.0.0.0:80");
  await rig.clock.advance(300);
  const foreign = "0.0.0.0:80 -> 192.168.7.7:80";
  rig.host.onApply = () => {
    rig.host.put(entry(foreign));
    rig.host.onApply = () => {};
  };
  rig.close(80);
  await rig.clock.advance(1000);
  rig.expect([], [foreign]);
  await rig.stop();
});

Deno.test("Reconciler withdraws a rule whose port a Windows program turns out to have", async () => {
  const rig = new Rig();
  await rig.start();
  rig.takeEvents();
  rig.host.onApplied = () => {
    rig.host.taken = [{ address: "0.0.0.0", port: 80, pid: 4 }];
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

Deno.test("Reconciler.runOnce withdraws such a rule too", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80"), listening("0.0.0.0:81")];
  rig.host.onApplied = () => {
    rig.host.taken = [{ address: "0.0.0.0", port: 80, pid: 4 }];
  };
  const once = rig.reconciler.runOnce();
  await rig.clock.advance(5000);
  await once;
  rig.expect([forward(81)]);
});

Deno.test("Reconciler.runOnce makes every rule, however many", async () => {
  const rig = new Rig({ policy: { fixedPorts: ports("1-3000") } });
  const once = rig.reconciler.runOnce();
  await rig.clock.advance(60_000);
  await once;
  equal(rig.host.entries.length, 3000);
  equal(tell(rig.takeEvents()).filter((text) => text.startsWith("forwarded")).length, 3000);
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

Deno.test("Reconciler.removeAll leaves nothing of ours, whoever made it, and everything else", async () => {
  const rig = new Rig();
  const foreign = "0.0.0.0:22 -> 192.168.7.7:22";
  rig.host.put(entry(foreign));
  rig.host.claims.push(claim(forward(9000)));
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

Deno.test("Reconciler.run ends while a netsh hangs, once it is told to abort", async () => {
  const rig = new Rig();
  await rig.start();
  rig.host.faults.push({ kind: "hang", done: 1, late: 0, lateMs: 0 });
  rig.open("0.0.0.0:80");
  await rig.clock.advance(100);
  const stopping = rig.stop();
  await rig.clock.advance(10_200);
  await stopping;
  const removing = rig.reconciler.removeAll();
  await rig.clock.advance(1000);
  await removing;
  rig.expect([]);
});

Deno.test("Reconciler does not loop in any state in which something fails", async () => {
  const states: readonly [string, (rig: Rig) => void][] = [
    ["listeners", (rig) => rig.listenersFault = "x"],
    ["address", (rig) => {
      rig.addressFault = "x";
      rig.wake([], "address");
    }],
    ["reading Windows", (rig) => {
      rig.host.readFault = "x";
      rig.host.faults.push(REFUSE);
    }],
    ["a read that hangs", (rig) => rig.host.hangsReading = true],
    ["netsh refuses", (rig) => rig.host.lastingFault = REFUSE],
    ["netsh lies", (rig) => rig.host.lastingFault = { kind: "lie" }],
    ["netsh mumbles", (rig) => rig.host.lastingFault = { kind: "mumble" }],
    ["netsh hangs", (rig) => rig.host.lastingFault = { kind: "hang", done: 1, late: 1, lateMs: 10_000 }],
    ["claims fail", (rig) => {
      rig.host.lastingFault = { kind: "fail", operations: ({ kind }) => kind === "add-claim" };
    }],
    ["removals fail", (rig) => {
      rig.host.lastingFault = { kind: "fail", operations: ({ kind }) => kind.startsWith("delete") };
    }],
    ["a foreign entry at each change", (rig) => {
      rig.host.onApply = ([first]) => {
        if (first?.kind === "add-claim") {
          rig.host.put({ ...entry("0.0.0.0:81 -> a:1"), connectPort: `${rig.host.applies.length}` });
        }
      };
    }],
  ];
  for (const [name, breakIt] of states) {
    const rig = new Rig({ lingerMs: 0 });
    rig.open("0.0.0.0:80");
    await rig.start();
    breakIt(rig);
    rig.close(80);
    rig.open("0.0.0.0:81");
    await rig.clock.advance(1000);
    const fired = rig.clock.firedCount,
      scans = rig.scanCount,
      reads = rig.host.snapshotCount + rig.host.portsReadCount;
    await rig.clock.advance(600_000);
    const counts = [
      rig.clock.firedCount - fired,
      rig.scanCount - scans,
      rig.host.snapshotCount + rig.host.portsReadCount - reads,
    ];
    ok(counts.every((count) => count < 250), `${name}: ${counts} timers, scans and reads in 600 s`);
    rig.host.hangsReading = false;
    rig.host.lastingFault = null;
    rig.host.readFault = null;
    await rig.stop().catch((error) => {
      throw new Error(name, { cause: error });
    });
  }
});
