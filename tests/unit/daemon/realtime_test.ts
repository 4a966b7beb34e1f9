import { deepStrictEqual as equal } from "node:assert/strict";
import { Realtime } from "../../../src/daemon/run/realtime.ts";
import type { ReconcileEvent } from "../../../src/reconcile/events.ts";
import { type Wake, type WakeSource, WakeSourceError } from "../../../src/contracts/wake.ts";
import { FakeClock } from "../time/fake_clock.ts";

/** An engine that does as it is told. */
class FakeEngine implements WakeSource {
  readonly name: string;
  readonly #failure: WakeSourceError | null;
  wake: (wake: Wake) => void = () => {};
  end: (reason: WakeSourceError) => void = () => {};
  /** Called when it was started, before it is ready. */
  onStart: () => void = () => {};
  stops = 0;

  constructor(name: string, failure: WakeSourceError | null = null) {
    this.name = name;
    this.#failure = failure;
  }

  start(onWake: (wake: Wake) => void, onEnd: (reason: WakeSourceError) => void): Promise<void> {
    [this.wake, this.end] = [onWake, onEnd];
    this.onStart();
    return this.#failure === null ? Promise.resolve() : Promise.reject(this.#failure);
  }

  stop(): Promise<void> {
    this.stops++;
    return Promise.resolve();
  }
}

const CRASHED = new WakeSourceError("bpftrace crashed", true);
const MISSING = new WakeSourceError("bpftrace is not installed", false, "sudo apt install bpftrace");

/** Real time over engines that are asked for anew at each attempt. */
function makeRig(engines: () => readonly FakeEngine[]) {
  const clock = new FakeClock(), told: string[] = [], wakes: Wake[] = [];
  let attempts = 0;
  const realtime = new Realtime({
    engines: () => {
      attempts++;
      return engines();
    },
    onWake: (wake) => wakes.push(wake),
    onChange: (isRealtime) => told.push(isRealtime ? "on" : "off"),
    onFallBack: (detail) => told.push(`polling: ${detail}`),
    emit: (event: ReconcileEvent) => event.type === "engine" && told.push(`${event.engine}: ${event.detail}`),
    clock,
  });
  return { realtime, clock, told, wakes, attempts: () => attempts };
}

Deno.test("Realtime uses the first engine that starts, and has everything looked at once it is ready", async () => {
  const engine = new FakeEngine("bpftrace");
  const { realtime, told, wakes } = makeRig(() => [engine, new FakeEngine("builtin")]);
  equal([await realtime.start(), realtime.engineName], [true, "bpftrace"]);
  equal([told, wakes], [["on", "bpftrace: null"], [{ reason: "lost", events: [] }]]);
  engine.wake({ reason: "listen", events: [] });
  equal(wakes.length, 2);
  await realtime.stop();
  equal(engine.stops, 1);
});

Deno.test("Realtime goes down the ladder, and says why the better ones were passed over", async () => {
  const { realtime, told } = makeRig(() => [new FakeEngine("bpftrace", MISSING), new FakeEngine("builtin")]);
  await realtime.start();
  equal(told, ["on", "builtin: bpftrace is not installed; to mend it: sudo apt install bpftrace"]);
  await realtime.stop();
});

Deno.test("Realtime says once why it polls, and tries again only where that makes sense", async () => {
  const { realtime, clock, told, attempts } = makeRig(() => [new FakeEngine("bpftrace", MISSING)]);
  equal([await realtime.start(), realtime.engineName], [false, null]);
  await clock.advance(3_600_000);
  equal([told.length, attempts()], [1, 1]);
  await realtime.stop();
});

Deno.test("Realtime tries what may recover again, further and further apart, at least every minute", async () => {
  const { realtime, clock, told, attempts } = makeRig(() => [new FakeEngine("bpftrace", CRASHED)]);
  await realtime.start();
  await clock.advance(1000);
  equal(attempts(), 2);
  await clock.advance(600_000);
  equal([attempts() >= 14 && attempts() <= 18, told.length], [true, 1]);
  await realtime.stop();
  const before = attempts();
  await clock.advance(600_000);
  equal(attempts(), before);
});

Deno.test("Realtime polls when its engine ends, and takes it up again", async () => {
  const engines: FakeEngine[] = [];
  const { realtime, clock, told, wakes } = makeRig(() => {
    engines.push(new FakeEngine("bpftrace"));
    return engines.slice(-1);
  });
  await realtime.start();
  engines[0]!.end(CRASHED);
  equal([told.slice(2), realtime.engineName], [["off", "polling: bpftrace crashed"], null]);
  equal(wakes.length, 2, "what happened meanwhile was not told");
  await clock.advance(1000);
  equal([realtime.engineName, told.slice(4)], ["bpftrace", ["on", "bpftrace: null"]]);
  engines[0]!.end(CRASHED);
  equal(realtime.engineName, "bpftrace", "the end of an old engine is no news");
  await realtime.stop();
});

Deno.test("Realtime polls where the engine ends at the moment it is ready", async () => {
  const engine = new FakeEngine("bpftrace");
  engine.onStart = () => engine.end(CRASHED);
  const { realtime, told } = makeRig(() => [engine]);
  equal([await realtime.start(), realtime.engineName], [false, null]);
  equal([told.at(-1), told.includes("on")], ["polling: bpftrace crashed", false]);
  await realtime.stop();
});

Deno.test("Realtime.stop while an engine starts leaves none running", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const engine = new FakeEngine("bpftrace");
  engine.start = () => promise;
  engine.stop = () => {
    engine.stops++;
    resolve();
    return Promise.resolve();
  };
  const { realtime, told } = makeRig(() => [engine, new FakeEngine("builtin")]);
  const starting = realtime.start();
  await realtime.stop();
  equal([await starting, engine.stops, told], [false, 1, []]);
});
