import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { tryEngine } from "../../../src/diagnose/doctor/try_engine.ts";
import { ProcNetListeners } from "../../../src/linux/proc/proc_net.ts";
import {
  type ListenEvent,
  type Wake,
  type WakeSource,
  WakeSourceError,
} from "../../../src/contracts/wake.ts";

const SHORT_MS = 50;

/** An engine that looks every millisecond, and tells what it is told to. */
class FakeEngine implements WakeSource {
  readonly name = "fake";
  isStopped = false;
  readonly #listeners = new ProcNetListeners();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(readonly look: (ports: readonly number[]) => readonly ListenEvent[] | null) {}

  start(onWake: (wake: Wake) => void): Promise<void> {
    this.#timer = setInterval(() => {
      const events = this.look(this.#listeners.snapshot().map(({ port }) => port));
      if (events !== null) onWake({ reason: "listen", events });
    }, 1);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#listeners.close();
    this.isStopped = true;
    return Promise.resolve();
  }
}

function event(kind: ListenEvent["kind"], port: number): ListenEvent {
  return { kind, inode: 1, family: 4, address: "127.0.0.1", port, programName: null };
}

const cases: readonly [string, ListenEvent["kind"] | null, FakeEngine["look"]][] = [
  ["that tells nothing", "open", () => null],
  ["that tells of other sockets", "open", () => [event("open", 1), event("close", 1)]],
  ["that tells of no end", "close", (ports) => ports.map((port) => event("open", port))],
  ["that tells both", null, (ports) => ports.flatMap((port) => [event("open", port), event("close", port)])],
  [
    "that gives no port for an end",
    null,
    (ports) => [...ports.map((port) => event("open", port)), event("close", 0)],
  ],
  ["that says only that something happened", null, () => []],
];

for (const [name, untold, look] of cases) {
  Deno.test(`tryEngine finds out what is not told by an engine ${name}`, async () => {
    const engine = new FakeEngine(look);
    equal(await tryEngine(engine, SHORT_MS), untold);
    equal(engine.isStopped, true);
  });
}

Deno.test("tryEngine passes on why an engine does not start, and stops it", async () => {
  const engine = new FakeEngine(() => null);
  engine.start = () => Promise.reject(new WakeSourceError("no", false));
  await rejects(tryEngine(engine), WakeSourceError);
  equal(engine.isStopped, true);
});
