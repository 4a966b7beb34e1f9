import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { BackOff } from "../../../src/time/back_off.ts";
import { retry } from "../../../src/time/retry.ts";
import { FakeClock } from "./fake_clock.ts";

/** Fails so often, then returns at which times it was tried. */
function failing(clock: FakeClock, failures: number): () => Promise<number[]> {
  const times: number[] = [], startMs = clock.now();
  return () => {
    times.push(clock.now() - startMs);
    return times.length <= failures ? Promise.reject(new Error(`${times.length}`)) : Promise.resolve(times);
  };
}

Deno.test("retry tries longer and longer apart until it works", async () => {
  const clock = new FakeClock();
  const trying = retry(failing(clock, 4), { backOff: new BackOff(100, 400), mayRetry: () => true, clock });
  await clock.advance(5000);
  equal(await trying, [0, 100, 300, 700, 1100]);
});

Deno.test("retry gives up with the last error where that is not to be tried again", async () => {
  const clock = new FakeClock(), seen: number[] = [];
  const mayRetry = (_: unknown, failures: number) => seen.push(failures) < 3;
  const trying = rejects(
    retry(failing(clock, 9), { backOff: new BackOff(100, 400), mayRetry, clock }),
    /^Error: 3$/,
  );
  await clock.advance(5000);
  await trying;
  equal(seen, [1, 2, 3]);
});

Deno.test("retry ends with its signal while it waits", async () => {
  const clock = new FakeClock(), abort = new AbortController();
  const options = { backOff: new BackOff(100, 400), mayRetry: () => true, clock, signal: abort.signal };
  const trying = rejects(retry(failing(clock, 9), options), /^Error: 2$/);
  await clock.advance(150);
  abort.abort();
  await trying;
});
