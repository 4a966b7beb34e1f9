import { deepStrictEqual as equal } from "node:assert/strict";
import type { HostSnapshot } from "../../../src/contracts/host.ts";
import { readSettled } from "../../../src/windows/portproxy/read_settled.ts";
import { entry, FREE_HOST } from "../plan/samples.ts";
import { FakeClock } from "../time/fake_clock.ts";

/** Windows with these entries. */
function holding(...ports: readonly number[]): HostSnapshot {
  const entries = ports.map((port) => entry(`0.0.0.0:${port} -> 172.23.21.232:${port}`));
  return { ...FREE_HOST, entries, foreign: entries, claims: [], isForwarderRunning: true, unfinished: [] };
}

/** Reads these one after the other, the last again and again. Returns what was believed, when, and after how many reads. */
async function settle(reads: readonly HostSnapshot[]) {
  const clock = new FakeClock(), startMs = clock.now();
  let count = 0, endMs = NaN;
  const reading = readSettled(
    () => Promise.resolve(reads[Math.min(count++, reads.length - 1)]!),
    { clock },
  ).then((believed) => {
    endMs = clock.now() - startMs;
    return believed;
  });
  await clock.advance(60_000);
  return { believed: (await reading).entries.length, endMs, count };
}

Deno.test("readSettled believes no read that the next one does not bear out: a netsh may still be at work", async () => {
  const rows: readonly [string, readonly HostSnapshot[], Awaited<ReturnType<typeof settle>>][] = [
    ["nothing moves", [holding(80)], { believed: 1, endMs: 1500, count: 2 }],
    ["one more comes", [holding(), holding(80)], { believed: 1, endMs: 3000, count: 3 }],
    ["two more come", [holding(), holding(80), holding(80, 81)], { believed: 2, endMs: 4500, count: 4 }],
    ["one becomes another", [holding(80), holding(81)], { believed: 1, endMs: 3000, count: 3 }],
    [
      "it never ends",
      Array.from({ length: 9 }, (_, i) => holding(...Array.from({ length: i }, (_, port) => port + 1))),
      { believed: 5, endMs: 7500, count: 6 },
    ],
  ];
  for (const [name, reads, expected] of rows) equal(await settle(reads), expected, name);
});
