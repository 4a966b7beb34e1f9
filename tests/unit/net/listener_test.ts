import { deepStrictEqual as equal } from "node:assert/strict";
import { compareListeners, type Listener } from "../../../src/net/listener.ts";
import { forAll } from "../random.ts";

Deno.test("compareListeners is a total order: what is sorted by it does not depend on the order read", () => {
  forAll(200, (random) => {
    const listeners = random.list(30, (): Listener => ({
      protocol: "tcp",
      family: random.pick([4, 6]),
      address: random.pick(["0.0.0.0", "127.0.0.1", "::", "::1"]),
      port: random.int(1, 5),
      inode: random.int(1, 4),
      uid: 0,
      v6only: false,
    }));
    const sorted = [...listeners].sort(compareListeners);
    equal(random.shuffle(listeners).sort(compareListeners), sorted);
    for (const a of listeners) {
      for (const b of listeners) {
        equal(Math.sign(compareListeners(a, b)) + Math.sign(compareListeners(b, a)), 0);
        const same = JSON.stringify(a) === JSON.stringify(b);
        equal(compareListeners(a, b) === 0, same);
      }
    }
    const ports = sorted.map(({ port }) => port);
    equal(ports, ports.toSorted((a, b) => a - b));
  });
});
