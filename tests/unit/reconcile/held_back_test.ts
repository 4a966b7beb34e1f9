import { deepStrictEqual as equal } from "node:assert/strict";
import type { SeenListener } from "../../../src/plan/desired/forward.ts";
import { listening } from "../plan/samples.ts";
import { eventOf, forward, Rig, tell } from "./rig.ts";

Deno.test("Reconciler looks a program up before it opens a port that no event named", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:7777", "redis-server"), listening("0.0.0.0:3000", "node")];
  await rig.start();
  rig.expect([forward(3000)]);
  equal(tell(rig.takeEvents()), [`forwarded ${forward(3000)}`, "rejected 7777 (held-back)", "ready"]);
  await rig.stop();
});

Deno.test("Reconciler takes the name of an event, and looks nothing up before it opens the port", async () => {
  const rig = new Rig();
  await rig.start();
  rig.resolveMs = 1000;
  const atMs = rig.clock.now();
  const node = listening("0.0.0.0:3000", "node"), redis = listening("0.0.0.0:7777", "redis-server");
  rig.listeners.push(node, redis);
  rig.wake([eventOf("open", node), eventOf("open", redis)]);
  await rig.clock.advance(200);
  rig.expect([forward(3000)]);
  equal(rig.host.applies.map((apply) => apply.atMs), [atMs]);
  await rig.clock.advance(2000);
  equal(rig.host.applies.length, 1);
  await rig.stop();
});

Deno.test("Reconciler asks who listens on an everyday port, whatever the event says", async () => {
  const rig = new Rig();
  await rig.start();
  const server = listening("0.0.0.0:5678", "debugpy", ["python3"]);
  rig.listeners.push(server);
  rig.wake([{ ...eventOf("open", server), programName: "adapter" }]);
  await rig.clock.advance(200);
  rig.expect([]);
  await rig.stop();
});

Deno.test("Reconciler closes what a late event names as held back, in a distro that cannot be seen", async () => {
  const rig = new Rig();
  rig.hidesPrograms = true;
  rig.listeners = [listening("0.0.0.0:7777", "redis-server")];
  await rig.start();
  rig.expect([forward(7777)]);
  rig.wake([eventOf("open", rig.listeners[0]!)]);
  await rig.clock.advance(200);
  rig.expect([]);
  await rig.stop();
});

Deno.test("Reconciler looks nothing up for a port without a socket, which brings its name along", async () => {
  const rig = new Rig();
  const program = { pid: null, name: "shop-db", aliases: ["container"] };
  const published = (port: number): SeenListener => ({
    ...listening(`0.0.0.0:${port}`),
    ...{ inode: 0, program, published: { kind: "container", to: "172.17.0.2:80", program } },
  });
  rig.listeners = [published(8080), published(6379)];
  await rig.start();
  rig.resolveMs = 1000;
  rig.expect([forward(8080)]);
  rig.open("0.0.0.0:3000");
  await rig.clock.advance(200);
  rig.expect([forward(3000), forward(8080)]);
  await rig.clock.advance(2000);
  await rig.stop();
});
