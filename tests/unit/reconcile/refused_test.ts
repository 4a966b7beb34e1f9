import { deepStrictEqual as equal } from "node:assert/strict";
import type { Operation } from "../../../src/plan/changes/operation.ts";
import { entriesOf } from "../../../src/plan/claims/claim.ts";
import { formatEntry } from "../../../src/plan/rules/entry.ts";
import { GUEST, listening } from "../plan/samples.ts";
import { forward, Rig, tell } from "./rig.ts";

const BOTH = { policy: { listenAddresses: ["0.0.0.0", "::"] } };

/** The entry of IPv6 for a port. */
function six(port: number): string {
  return `[::]:${port} -> ${GUEST}:${port}`;
}

/** Windows has exactly these entries, and each port one claim. */
function holds({ host }: Rig, entries: readonly string[]): void {
  equal(host.table, [...entries].sort());
  equal(host.claims.flatMap(entriesOf).map(formatEntry).sort(), [...entries].sort());
}

function refuses(isRefused: (port: number | string) => boolean) {
  const operations = (each: Operation) =>
    each.kind === "add-entry" && each.entry.listen.family === 6 && isRefused(each.entry.listen.port);
  return { kind: "fail", operations } as const;
}

Deno.test("An entry of IPv6 that Windows refuses is given up alone: its port and all others are open by IPv4", async () => {
  const rig = new Rig(BOTH);
  rig.host.lastingFault = refuses(() => true);
  rig.listeners.push(listening("0.0.0.0:80", "node"), listening("0.0.0.0:81", "node"));
  await rig.start();
  holds(rig, [forward(80), forward(81)]);
  const applies = rig.host.applies.length;
  equal(tell(rig.takeEvents()), [`forwarded ${forward(80)}`, `forwarded ${forward(81)}`, "ready"]);
  rig.open("0.0.0.0:82");
  await rig.clock.advance(500);
  holds(rig, [forward(80), forward(81), forward(82)]);
  equal(rig.host.applies.length, applies + 1, "nothing is tried by IPv6 where no entry of it is there");
  await rig.stop();
});

Deno.test("What Windows refused is told as missing, tried again after a while, and told once it is there", async () => {
  const rig = new Rig(BOTH);
  rig.host.lastingFault = refuses((port) => port === 81);
  rig.listeners.push(listening("0.0.0.0:80", "node"), listening("0.0.0.0:81", "node"));
  await rig.start();
  holds(rig, [forward(80), six(80), forward(81)]);
  const [, told] = rig.takeEvents();
  equal(told?.type === "forwarded" && told.missing.map(({ reason }) => reason), ["refused"]);
  await rig.clock.advance(70_000);
  holds(rig, [forward(80), six(80), forward(81)]);
  equal(rig.takeEvents(), [], "that it was refused once more is no news");
  rig.host.lastingFault = null;
  await rig.clock.advance(200_000);
  holds(rig, [forward(80), six(80), forward(81), six(81)]);
  equal(tell(rig.takeEvents()), ["changed"]);
  await rig.stop();
});

Deno.test("Where an entry of IPv4 is refused, too, nothing is given up", async () => {
  const rig = new Rig(BOTH);
  rig.host.faults.push({ kind: "fail", operations: ({ kind }) => kind === "add-entry" });
  rig.listeners.push(listening("0.0.0.0:80", "node"));
  await rig.start();
  await rig.clock.advance(30_000);
  holds(rig, [forward(80), six(80)]);
  equal(tell(rig.takeEvents()).includes("error netsh"), true);
  await rig.stop();
});
