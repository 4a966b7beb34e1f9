import { deepStrictEqual as equal } from "node:assert/strict";
import { PortSet } from "../../../src/net/port_set.ts";
import type { LoopbackPolicy } from "../../../src/plan/loopback/loopback_policy.ts";
import { Rig } from "./rig.ts";

const loopback: LoopbackPolicy = {
  choices: [{ program: null, ports: PortSet.parse("5173,5174")!, ranges: PortSet.EMPTY }],
  codePorts: PortSet.EMPTY,
  ephemeralPorts: PortSet.EMPTY,
};
const RULE = "0.0.0.0:5173 -> 172.23.21.232:5173";

/** A listener as `Rig.open` makes it, with a cookie. */
function open(rig: Rig, port: number, cookie: bigint): void {
  rig.listeners = rig.listeners.filter((listener) => listener.port !== port);
  const [listener] = rig.open(`127.0.0.1:${port}`);
  rig.listeners = rig.listeners.map((each) => each === listener ? { ...each, cookie } : each);
}

Deno.test("Reconciler opens a service on 127.0.0.1 before its rule, and closes it when it is gone", async () => {
  const rig = new Rig({ policy: { loopback } });
  await rig.start();
  equal(rig.gate.setCount, 0, "nothing is asked of the kernel while nothing is to be opened");
  open(rig, 5173, 7n);
  const openAtRule: boolean[] = [];
  const apply = rig.host.apply.bind(rig.host);
  rig.host.apply = (plan, signal) => {
    openAtRule.push(rig.gate.open.get(5173) === 7n);
    return apply(plan, signal);
  };
  await rig.clock.advance(500);
  rig.expect([RULE]);
  equal(openAtRule, [true]);
  rig.close(5173);
  await rig.clock.advance(100);
  equal([...rig.gate.open], []);
  rig.expect([RULE]);
  await rig.clock.advance(2000);
  rig.expect([]);
  await rig.stop();
});

Deno.test("Reconciler follows a service that restarts, and its rule stays", async () => {
  const rig = new Rig({ policy: { loopback } });
  await rig.start();
  open(rig, 5173, 7n);
  await rig.clock.advance(500);
  open(rig, 5173, 8n);
  await rig.clock.advance(500);
  equal([...rig.gate.open], [[5173, 8n]]);
  rig.expect([RULE]);
  await rig.stop();
});

Deno.test("Reconciler takes a service out of the gate when another listens on every address", async () => {
  const rig = new Rig({ policy: { loopback } });
  await rig.start();
  open(rig, 5173, 7n);
  await rig.clock.advance(500);
  rig.open("0.0.0.0:5173");
  await rig.clock.advance(500);
  equal([...rig.gate.open], []);
  rig.expect([RULE]);
  await rig.stop();
});

Deno.test("Reconciler makes no rule for what cannot be opened, and says why and what to do", async () => {
  const rig = new Rig({ policy: { loopback } });
  rig.gate.refusal = { message: "that takes root", remedy: "sudo wslfwd" };
  await rig.start();
  open(rig, 5173, 7n);
  await rig.clock.advance(500);
  rig.expect([]);
  const rejected = rig.events.flatMap((event) => event.type === "rejected" ? [event.rejection] : []);
  equal(rejected.map(({ reason, detail }) => [reason, detail]), [
    ["loopback-closed", "that takes root; try sudo wslfwd"],
  ]);
  await rig.stop();
});

Deno.test("Reconciler opens again what stopped listening for a moment with the same socket", async () => {
  const rig = new Rig({ policy: { loopback }, intervalMs: 500 });
  await rig.start();
  rig.gate.gone.add(5173);
  open(rig, 5173, 7n);
  await rig.clock.advance(1000);
  rig.expect([]);
  rig.gate.gone.clear();
  await rig.clock.advance(1000);
  equal([...rig.gate.open], [[5173, 7n]]);
  rig.expect([RULE]);
  await rig.stop();
});

Deno.test("Reconciler tells the gate of another gateway at the same address", async () => {
  const rig = new Rig({ policy: { loopback } });
  await rig.start();
  open(rig, 5173, 7n);
  await rig.clock.advance(500);
  rig.gateway = "172.23.16.2";
  rig.wake([], "address");
  await rig.clock.advance(500);
  equal(rig.gate.guest?.gateway, "172.23.16.2");
  await rig.stop();
});
