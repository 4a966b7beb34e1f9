import { ok } from "node:assert/strict";
import { entry } from "../plan/samples.ts";
import type { Fault } from "./fake_host.ts";
import { Rig } from "./rig.ts";

const REFUSE: Fault = { kind: "refuse" };

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
          rig.host.put(entry(`0.0.0.0:81 -> a:${rig.host.applies.length}`));
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
