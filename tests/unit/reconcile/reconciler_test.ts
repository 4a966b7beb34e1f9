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
  rig.host.putClaim(claim(forward(82), STRANGER));
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

Deno.test("Reconciler forwards fixed ports also while nothing listens", async () => {
  const rig = new Rig({ policy: { fixedPorts: ports("80,443") } });
  await rig.start();
  rig.expect([forward(80), forward(443)]);
  await rig.stop();
});

Deno.test("Reconciler follows a policy that changes while it runs, though the same sockets listen", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80", "node"), listening("0.0.0.0:81", "node")];
  await rig.start();
  rig.takeEvents();
  for (const [choice, open] of [["closed", [81]], ["open", [80, 81]]] as const) {
    rig.policy = { ...rig.policy, byHand: new Map([[80, choice]]) };
    rig.wake([], "policy");
    await rig.clock.advance(200);
    rig.expect(open.map((port) => forward(port)));
  }
  await rig.stop();
});

Deno.test("Reconciler tells at once that another program has the port of one that ended, and not that it was started anew", async () => {
  const rig = new Rig({ lingerMs: 1000 });
  rig.listeners = [listening("0.0.0.0:80", "node")];
  await rig.start();
  const told = () =>
    rig.takeEvents().flatMap((event) => event.type === "forwarded" ? [event.program?.name ?? null] : []);
  equal(told(), ["node"]);
  rig.close(80);
  await rig.clock.advance(500);
  rig.listeners = [listening("0.0.0.0:80", "python3")];
  rig.wake();
  await rig.clock.advance(500);
  equal(told(), ["python3"]);
  rig.listeners = [listening("0.0.0.0:80", "python3")];
  rig.wake();
  await rig.clock.advance(500);
  equal(told(), [], "started anew");
  rig.expect([forward(80)]);
  await rig.stop();
});
