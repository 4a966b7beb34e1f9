import { equal, notEqual } from "node:assert/strict";
import type { HostGlance } from "../../../src/contracts/host.ts";
import { listening } from "../plan/samples.ts";
import { Rig } from "./rig.ts";

Deno.test("Reconciler reads everything once a glance finds something otherwise", async () => {
  const rig = new Rig();
  rig.listeners = [listening("0.0.0.0:80")];
  await rig.start();
  const seen = (): HostGlance => ({
    entries: rig.host.entries,
    claims: rig.host.claims,
    listening: [{ protocol: "tcp", family: 4, address: "0.0.0.0", port: 80, pid: 4 }],
  });
  rig.host.onGlance = seen;
  const before = rig.host.snapshotCount;
  await rig.clock.advance(40_000);
  equal(rig.host.snapshotCount, before, "nothing is otherwise");
  rig.host.remove("0.0.0.0:80");
  await rig.clock.advance(10_000);
  equal(rig.host.snapshotCount, before + 1);
  equal(rig.host.entries.length, 1, "made again");
  rig.host.onGlance = () => ({ ...seen(), listening: [] });
  await rig.clock.advance(9000);
  const after = rig.host.snapshotCount;
  notEqual(after, before + 1, "nobody listens");
  await rig.clock.advance(30_000);
  equal(rig.host.snapshotCount, after, "what a read does not mend is no news");
  await rig.stop();
});
