import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { formatEntry } from "../../../src/plan/rules/entry.ts";
import { claim, entry, listening } from "../plan/samples.ts";
import type { Fault } from "./fake_host.ts";
import { forward, hold, Rig, tell } from "./rig.ts";

const REFUSE: Fault = { kind: "refuse" };

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

Deno.test("Reconciler finds new listeners without a wake while it backs off, and tries soon again", async () => {
  for (const isUnread of [true, false]) {
    const rig = new Rig({ intervalMs: 500 });
    await rig.start();
    if (isUnread) rig.host.readFault = "x";
    rig.host.lastingFault = REFUSE;
    rig.listeners = [listening("0.0.0.0:80")];
    await rig.clock.advance(100_000);
    rig.host.lastingFault = rig.host.readFault = null;
    const scans = rig.scanCount, applies = rig.host.applies.length;
    rig.listeners.push(listening("0.0.0.0:81"));
    await rig.clock.advance(1500);
    rig.expect([forward(80), forward(81)]);
    ok(rig.scanCount - scans < 10 && rig.host.applies.length - applies < 4);
    await rig.stop();
  }
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
      operations: (each) => "entry" in each && each.entry.listen.port === 81,
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
  equal(rig.host.operations.filter((each) => "entry" in each && each.entry.listen.port === 80).length, 1);
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

Deno.test("Reconciler knows an entry for ours whose claim an earlier run could not make", async () => {
  for (const isWanted of [true, false]) {
    for (const isLate of [true, false]) {
      const rig = new Rig({ lingerMs: 0 });
      rig.host.unfinished = [claim(forward(80))];
      const other = entry("0.0.0.0:81 -> 172.23.21.232:81");
      rig.host.put(other);
      if (isWanted) rig.listeners = [listening("0.0.0.0:80")];
      if (!isLate) rig.host.put(entry(forward(80)));
      await rig.start();
      if (isLate) rig.host.put(entry(forward(80)));
      // Two verifications: what came late must be read first.
      await rig.clock.advance(130_000);
      rig.expect(isWanted ? [forward(80)] : [], [formatEntry(other)]);
      await rig.stop();
    }
  }
});

Deno.test("Reconciler takes what comes long after an earlier run for somebody else's", async () => {
  const rig = new Rig();
  rig.host.unfinished = [claim(forward(80))];
  await rig.start();
  await rig.clock.advance(150_000);
  rig.host.put(entry(forward(80)));
  await rig.clock.advance(150_000);
  rig.expect([], [forward(80)]);
  await rig.stop();
});

Deno.test("Reconciler knows what a netsh makes late for ours, though it changed other ports meanwhile", async () => {
  const rig = new Rig({ lingerMs: 0 });
  await rig.start();
  // The claim is not made, and netsh says that it was; the entry comes after its client is gone.
  rig.host.lastingFault = { kind: "fail", operations: ({ kind }) => kind === "add-claim" };
  rig.open("0.0.0.0:80");
  await rig.clock.advance(400);
  rig.host.lastingFault = null;
  rig.host.faults.push({ kind: "lie" }, { kind: "hang", done: 0, late: 1, lateMs: 8000 });
  await rig.clock.advance(16_000);
  rig.close(80);
  rig.open("0.0.0.0:81");
  await rig.clock.advance(7000);
  equal(rig.host.table, [forward(81)]);
  await rig.clock.advance(120_000);
  rig.expect([forward(81)]);
  await rig.stop();
});
