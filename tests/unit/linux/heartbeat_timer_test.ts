import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { HeartbeatTimer } from "../../../src/linux/bpftrace/heartbeat_timer.ts";

Deno.test("HeartbeatTimer tells of silence once", async () => {
  const silence = Promise.withResolvers<number>();
  let calls = 0;
  const timer = new HeartbeatTimer((silentMs) => {
    calls++;
    silence.resolve(silentMs);
  });
  timer.expectWithin(10);
  ok(await silence.promise >= 9);
  timer.expectWithin(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  equal(calls, 1);
});

Deno.test("HeartbeatTimer tells nothing once it is stopped", async () => {
  let calls = 0;
  const timer = new HeartbeatTimer(() => calls++);
  timer.expectWithin(1);
  timer.stop();
  timer.expectWithin(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  equal(calls, 0);
});

Deno.test("HeartbeatTimer listens once more where we were stopped ourselves", async () => {
  let calls = 0;
  const timer = new HeartbeatTimer(() => calls++);
  timer.expectWithin(50);
  // As a SIGSTOP or a laptop's sleep does: nothing of ours runs for longer than the limit.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100);
  const heard = Promise.withResolvers<void>();
  setTimeout(() => {
    timer.expectWithin(10_000);
    heard.resolve();
  }, 0);
  await heard.promise;
  equal(calls, 0);
  timer.stop();
});
