import { deepStrictEqual as equal } from "node:assert/strict";
import { delay } from "../../../src/time/delay.ts";
import { WakeableDelay } from "../../../src/time/wakeable_delay.ts";
import { FakeClock, settle } from "./fake_clock.ts";

/** Tells whether a promise has resolved. */
function watch(promise: Promise<unknown>): () => boolean {
  let isOver = false;
  promise.then(() => isOver = true);
  return () => isOver;
}

Deno.test("delay ends when its time is over, and not before", async () => {
  const clock = new FakeClock(), isOver = watch(delay(100, { clock }));
  await clock.advance(99);
  equal(isOver(), false);
  await clock.advance(1);
  equal(isOver(), true);
});

Deno.test("delay ends with its signal, also with one that was aborted before, and leaves no timer", async () => {
  const clock = new FakeClock(), abort = new AbortController();
  const isOver = watch(delay(100, { clock, signal: abort.signal }));
  await settle();
  equal(isOver(), false);
  abort.abort();
  await settle();
  equal(isOver(), true);
  await delay(100, { clock, signal: abort.signal });
  await clock.advance(1000);
  equal(clock.firedCount, 0);
});

Deno.test("WakeableDelay ends at its time, or when it is woken", async () => {
  const clock = new FakeClock(), wait = new WakeableDelay(clock), startMs = clock.now();
  wait.beginRound();
  const isOver = watch(wait.until(startMs + 10));
  await clock.advance(9);
  equal(isOver(), false);
  await clock.advance(1);
  equal(isOver(), true);
  wait.beginRound();
  const isWoken = watch(wait.until(Infinity));
  wait.wake();
  await settle();
  equal(isWoken(), true);
});

Deno.test("WakeableDelay does not begin in a round that was woken already, and does in the next", async () => {
  const clock = new FakeClock(), wait = new WakeableDelay(clock);
  wait.beginRound();
  wait.wake();
  await wait.until(Infinity);
  wait.beginRound();
  const isOver = watch(wait.until(clock.now() + 5));
  await settle();
  equal(isOver(), false);
  await clock.advance(5);
  equal(isOver(), true);
});
