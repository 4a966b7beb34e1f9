import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import type { ApplyReport, Host } from "../../../src/contracts/host.ts";
import { AskingHost } from "../../../src/daemon/open/asking_host.ts";
import type { Operation } from "../../../src/plan/changes/operation.ts";
import type { ReconcileEvent } from "../../../src/reconcile/events.ts";
import { FakeClock } from "../time/fake_clock.ts";

const entry = (port: number | string) => ({
  listen: { protocol: "tcp", family: 4, address: "0.0.0.0", port },
  connect: { protocol: "tcp", family: 4, address: "172.23.21.232", port },
} as const);

const PLAN: readonly Operation[] = [
  { kind: "delete-entry", entry: entry(80) },
  { kind: "add-entry", entry: entry(80) },
  { kind: "add-entry", entry: entry(3000) },
  { kind: "delete-entry", entry: entry(443) },
  { kind: "delete-entry", entry: entry("30000-50000") },
];

/** A host whose answers come when the test says so. */
function openHost() {
  const apply = Promise.withResolvers<ApplyReport>(), snapshot = Promise.withResolvers<never>();
  const inner: Host = {
    words: { changer: "", forwarderStopped: "", forwarderRuns: "", incomplete: "", cutOff: "" },
    snapshot: () => snapshot.promise,
    check: () => Promise.reject(new Error("not asked")),
    glance: () => Promise.resolve(null),
    processName: () => Promise.resolve(null),
    apply: () => apply.promise,
  };
  const clock = new FakeClock(), events: ReconcileEvent[] = [];
  return {
    host: new AskingHost(inner, (event) => events.push(event), clock),
    clock,
    events,
    apply,
    snapshot,
  };
}

Deno.test("AskingHost says which ports a change opens and closes, and how long it took", async () => {
  const { host, clock, events, apply } = openHost();
  const applying = host.apply(PLAN);
  equal(events, [{ type: "asked", opening: [80, 3000], closing: [443] }]);
  await clock.advance(120);
  apply.resolve({ before: [], after: [], succeeded: true, durationMs: 120 });
  await applying;
  equal(events.slice(1), [{ type: "answered", durationMs: 120 }]);
});

Deno.test("AskingHost shows the change while a look runs beside it, and the end of a failed one", async () => {
  const { host, events, apply, snapshot } = openHost();
  const looking = host.snapshot();
  equal(events, [{ type: "asked", opening: [], closing: [] }]);
  const applying = host.apply(PLAN);
  snapshot.reject(new Error("no"));
  await rejects(looking, /no/);
  equal(events.map(({ type }) => type), ["asked", "asked"]);
  apply.reject(new Error("gone"));
  await rejects(applying, /gone/);
  equal(events.map(({ type }) => type), ["asked", "asked", "answered"]);
});
