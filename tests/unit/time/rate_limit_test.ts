import { deepStrictEqual as equal } from "node:assert/strict";
import { RateLimit } from "../../../src/time/rate_limit.ts";

Deno.test("RateLimit lets so many start within the window, and the next when the oldest has left it", () => {
  const limit = new RateLimit(5, 1000);
  for (const atMs of [0, 10, 20, 30, 40]) {
    equal(limit.untilMs, -Infinity);
    limit.noteStart(atMs);
  }
  equal(limit.untilMs, 1000);
  limit.noteStart(1000);
  equal(limit.untilMs, 1010);
});
