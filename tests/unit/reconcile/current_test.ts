import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { HostError } from "../../../src/contracts/host.ts";
import type { Operation } from "../../../src/plan/changes/operation.ts";
import { Current, type HostFact } from "../../../src/reconcile/current.ts";
import { entry } from "../plan/samples.ts";
import { FakeClock } from "../time/fake_clock.ts";
import { FakeHost } from "./fake_host.ts";
import { AT_80, AT_81, making, THEIRS_80 } from "./knowledge/samples.ts";
import { hold } from "./rig.ts";

/** What is known of a host that holds these, and the facts that it told. */
async function rig(...held: readonly string[]) {
  const clock = new FakeClock(), host = new FakeHost(clock), facts: string[] = [];
  hold(host, ...held);
  const current = new Current(host, clock, (fact: HostFact) => facts.push(fact.kind));
  const run = async <T>(step: () => Promise<T>) => {
    const result = step();
    result.catch(() => {}); // The caller hears of it.
    await clock.advance(20_000);
    return await result;
  };
  const known = await run(() => current.know());
  const apply = (plan: readonly Operation[]) => run(() => current.apply(plan, known));
  return { clock, host, facts, current, run, apply };
}

Deno.test("Current: a plan that was made leaves it known, and says so", async () => {
  const { current, facts, apply } = await rig();
  await apply(making(AT_80));
  equal([current.knowledge.isKnown, facts], [true, ["working", "applied"]]);
});

Deno.test("Current: that somebody edited or removed an entry of ours shows before the next change, and is doubt", async () => {
  for (const edit of ["edited", "removed"]) {
    const { host, current, apply } = await rig(AT_80);
    if (edit === "edited") host.put(entry(THEIRS_80));
    else host.remove("0.0.0.0:80");
    await apply(making(AT_81));
    equal([edit, current.knowledge.isKnown], [edit, false]);
  }
});

Deno.test("Current: the next change is smaller after one that failed, however it failed", async () => {
  for (const fault of ["refuse", "fail", "mumble", "hang"] as const) {
    const { host, current, apply, run } = await rig();
    for (let i = 1; i <= 4; i++) {
      const plan = Array.from({ length: 400 }, (_, j) => making(AT_80.replaceAll("80", `${400 * i + j}`)))
        .flat();
      await run(() => current.know());
      await apply(plan);
    }
    ok(current.maxEntries > 400, `${current.maxEntries}`);
    host.faults.push(
      fault === "fail"
        ? { kind: fault, operations: () => true }
        : fault === "hang"
        ? { kind: fault, done: 0, late: 0, lateMs: 0 }
        : { kind: fault },
    );
    await rejects(apply(making(AT_80)), HostError);
    equal([fault, current.maxEntries, current.knowledge.isKnown], [fault, 400, false]);
  }
});

Deno.test("Current does not believe a read that a change overtook, and reads again soon", async () => {
  const { clock, host, current, run } = await rig();
  host.looksAfter = 0;
  host.readMs = 300;
  await clock.advance(60_000);
  current.verifyIfDue();
  const known = current.knowledge;
  ok(known.isKnown);
  const applying = current.apply(making(AT_80), known);
  await clock.advance(400);
  await applying;
  ok(current.knowledge.isKnown && current.knowledge.snapshot.entries.length === 1, "not what was before");
  equal(current.dueMs - clock.now(), 900);
  await run(() => current.finish());
});
