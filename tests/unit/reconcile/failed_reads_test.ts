import { deepStrictEqual as equal } from "node:assert/strict";
import { listening } from "../plan/samples.ts";
import { forward, hold, Rig, tell } from "./rig.ts";

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
