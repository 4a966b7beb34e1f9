import { deepStrictEqual as equal } from "node:assert/strict";
import { BackgroundReads, type HostNews } from "../../../src/reconcile/background_reads.ts";
import { FakeClock } from "../time/fake_clock.ts";
import { FakeHost } from "./fake_host.ts";

/** Reads of a host, and what they told, with the time. */
function rig() {
  const clock = new FakeClock(), host = new FakeHost(clock), startMs = clock.now(), told: string[] = [];
  const reads = new BackgroundReads(
    host,
    clock,
    (news) => void told.push(`${clock.now() - startMs} ${show(news)}`),
  );
  return { clock, host, reads, told };
}

function show(news: HostNews): string {
  return "isOvertaken" in news && news.isOvertaken ? `${news.kind} (overtaken)` : news.kind;
}

Deno.test("BackgroundReads reads when it is due, and says so once", async () => {
  const { clock, reads, told } = rig();
  reads.startIfDue();
  await clock.advance(60_000);
  equal(told, []);
  reads.startIfDue();
  equal(reads.dueMs, Infinity, "while one is under way");
  reads.startIfDue();
  await clock.advance(100);
  equal(told, ["60050 snapshot", "60050 over"]);
});

Deno.test("BackgroundReads: a read is overtaken by a change that begins or ends meanwhile, or is under way all along", async () => {
  const turns: readonly [string, number, number, string][] = [
    ["before", -20, -10, "snapshot"],
    ["begins", 10, 200, "snapshot (overtaken)"],
    ["ends", -10, 10, "snapshot (overtaken)"],
    ["both", 10, 20, "snapshot (overtaken)"],
    ["all along", -10, 200, "snapshot (overtaken)"],
    ["after", 60, 70, "snapshot"],
  ];
  for (const [name, beginMs, endMs, expected] of turns) {
    const { clock, reads, told } = rig();
    for (const atMs of [beginMs, endMs]) clock.after(60_100 + atMs, () => reads.noteTurn());
    clock.after(60_100, () => reads.startIfDue());
    await clock.advance(60_200);
    equal([name, told], [name, [`60150 ${expected}`, "60150 over"]]);
  }
});

Deno.test("BackgroundReads.startCheck looks again until no change gets in between", async () => {
  const { clock, reads, told } = rig();
  reads.noteTurn();
  reads.startCheck();
  clock.after(60, () => reads.noteTurn());
  await clock.advance(500);
  equal(told, ["50 check (overtaken)", "100 check (overtaken)", "150 check", "150 over"]);
});

Deno.test("BackgroundReads tells a failure, but not one that it was told to end with", async () => {
  const { clock, host, reads, told } = rig(), abort = new AbortController();
  host.readFault = "x";
  reads.startCheck();
  await clock.advance(100);
  equal(told.splice(0), ["50 failed", "50 over"]);
  host.readFault = null;
  reads.startCheck(abort.signal);
  abort.abort();
  await clock.advance(100);
  equal(told, ["100 over"]);
});

Deno.test("BackgroundReads: how soon it reads again depends on what came of the last read", async () => {
  const { clock, reads } = rig();
  reads.noteRead(false);
  equal(reads.dueMs - clock.now(), 60_000);
  reads.noteRead(true);
  equal(reads.dueMs - clock.now(), 5000);
  reads.readSoon();
  equal(reads.dueMs - clock.now(), 1000);
  reads.noteRead(false);
  clock.suspend(3_600_000);
  reads.startIfDue();
  equal(reads.dueMs, Infinity, "the machine slept");
  await clock.advance(100);
});

Deno.test("BackgroundReads glances every 8 s while nothing is read, and not soon after a change", async () => {
  const { clock, host, reads, told } = rig();
  host.onGlance = () => ({ entries: [], claims: [], listening: [] });
  const look = async (untilMs: number) => {
    for (let ms = 0; ms < untilMs; ms += 1000) {
      await clock.advance(1000);
      reads.startIfDue();
    }
    return told.splice(0).map((text) => text.replace(/000 /, " s "));
  };
  equal(await look(20_000), ["8 s glance", "16 s glance"]);
  reads.noteTurn();
  equal(await look(12_000), [], "a change is under way");
  reads.noteTurn();
  equal(await look(4000), ["35 s glance"]);
  host.onGlance = () => null;
  equal(await look(20_000), [], "there is none to be had");
});
