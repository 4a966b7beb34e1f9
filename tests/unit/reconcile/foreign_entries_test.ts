import { deepStrictEqual as equal } from "node:assert/strict";
import { entry, listening } from "../plan/samples.ts";
import { forward, Rig, tell } from "./rig.ts";

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

Deno.test("Reconciler puts back later what it could not put back at once", async () => {
  for (const fault of [{ kind: "refuse" }, { kind: "lie" }, { kind: "mumble" }] as const) {
    const rig = new Rig();
    await rig.start();
    rig.takeEvents();
    const foreign = "0.0.0.0:80 -> 192.168.7.7:80";
    rig.host.onApply = () => {
      rig.host.put(entry(foreign));
      rig.host.faults.push(null, fault, fault);
      rig.host.onApply = () => {};
    };
    rig.open("0.0.0.0:80", "0.0.0.0:81");
    await rig.clock.advance(20_000);
    rig.expect([forward(81)], [foreign]);
    equal(tell(rig.takeEvents()).filter((text) => text.startsWith("restored")), [`restored ${foreign}`]);
    await rig.stop();
  }
});

Deno.test("Reconciler puts back everything that it ran over, though putting back the first is cut off", async () => {
  const rig = new Rig();
  await rig.start();
  const foreign = ["0.0.0.0:80 -> 192.168.7.7:80", "0.0.0.0:81 -> 192.168.7.7:81"];
  rig.host.onApply = () => {
    for (const text of foreign) rig.host.put(entry(text));
    rig.host.faults.push(null, { kind: "hang", done: 3, late: 0, lateMs: 0 });
    rig.host.onApply = () => {};
  };
  rig.open("0.0.0.0:80", "0.0.0.0:81");
  await rig.clock.advance(120_000);
  rig.expect([], foreign);
  await rig.stop();
});

Deno.test("Reconciler puts back what somebody made while it put back something else", async () => {
  const rig = new Rig();
  await rig.start();
  let count = 0;
  rig.host.onApply = () => {
    if (++count <= 2) rig.host.put(entry(`0.0.0.0:80 -> 192.168.7.7:${count}`));
  };
  rig.open("0.0.0.0:80");
  await rig.clock.advance(5000);
  rig.expect([], ["0.0.0.0:80 -> 192.168.7.7:2"]);
  await rig.stop();
});

Deno.test("Reconciler says that it cannot put back what netsh would not take from it", async () => {
  const rig = new Rig();
  await rig.start();
  rig.takeEvents();
  const apply = rig.host.apply.bind(rig.host);
  rig.host.apply = (plan, signal) => {
    const isStrange = plan.some((each) =>
      each.kind === "add-entry" && each.entry.connect.port === "30000-50000"
    );
    return isStrange ? Promise.reject(new RangeError("no port")) : apply(plan, signal);
  };
  rig.host.onApply = () => {
    rig.host.put(entry("0.0.0.0:80 -> 192.168.7.7:30000-50000"));
    rig.host.onApply = () => {};
  };
  rig.open("0.0.0.0:80");
  await rig.clock.advance(5000);
  equal(tell(rig.takeEvents()).filter((text) => text.startsWith("restored")), [
    "restored 0.0.0.0:80 -> 192.168.7.7:30000-50000 (lost)",
  ]);
  await rig.stop();
});
