import { deepStrictEqual as equal, match } from "node:assert/strict";
import { describeExposure, NetworkWatch } from "../../../src/daemon/run/network_watch.ts";
import type { ReconcileEvent } from "../../../src/reconcile/events.ts";
import { CommandError, type CommandResult } from "../../../src/process/command.ts";
import { FakeClock } from "../time/fake_clock.ts";

const SCOPE = { profiles: ["private", "domain"] as const, remoteIps: ["localsubnet"] };

/** The two programs that it asks. */
class Networks {
  windowsFolder = null;
  address = "192.168.1.5";
  categories = "Private";
  isBroken = false;
  calls = 0;

  run(name: string): Promise<CommandResult> {
    this.calls++;
    if (this.isBroken) return Promise.reject(new CommandError([name], "timeout", "too slow", 1));
    const stdout = name === "route.exe"
      ? `  0.0.0.0          0.0.0.0      192.168.1.1      ${this.address}     25\r\n127.0.0.0 255.0.0.0 On-link 127.0.0.1 331\r\n`
      : `${this.categories}\r\n`;
    const bytes = new TextEncoder().encode(stdout);
    return Promise.resolve({
      argv: [name],
      exitCode: 0,
      stdout: bytes,
      stderr: new Uint8Array(),
      durationMs: 1,
    });
  }
}

async function withWatch(
  check: (rig: { networks: Networks; clock: FakeClock; events: ReconcileEvent[] }) => Promise<void>,
) {
  const networks = new Networks(), clock = new FakeClock(), events: ReconcileEvent[] = [];
  const watch = new NetworkWatch(networks, SCOPE, (event) => events.push(event), clock);
  watch.start();
  await clock.advance(0);
  await check({ networks, clock, events });
  await watch.stop();
  const calls = networks.calls;
  await clock.advance(600_000);
  equal(networks.calls, calls, "it still looks after its end");
}

Deno.test("NetworkWatch tells where Windows is, and again only when that changes", async () => {
  await withWatch(async ({ networks, clock, events }) => {
    equal(events, [{ type: "network", lanAddress: "192.168.1.5", profiles: ["private"], warning: null }]);
    await clock.advance(300_000);
    equal([events.length, networks.calls], [1, 12]);
    networks.categories = "Public\r\nPrivate";
    await clock.advance(60_000);
    const [, event] = events;
    equal(event?.type === "network" && event.profiles, ["public", "private"]);
    match(event?.type === "network" ? event.warning! : "", /Public.*--profile/);
  });
});

Deno.test("NetworkWatch looks at once after the machine slept", async () => {
  await withWatch(async ({ networks, clock, events }) => {
    networks.address = "10.0.0.9";
    clock.suspend(3_600_000);
    await clock.advance(5001);
    equal(events.length, 2);
  });
});

Deno.test("NetworkWatch says that it does not know, once, and goes on", async () => {
  await withWatch(async ({ networks, clock, events }) => {
    networks.isBroken = true;
    await clock.advance(300_000);
    equal(events.length, 2);
    const [, event] = events;
    equal(event?.type === "network" && [event.lanAddress, event.profiles], [null, null]);
    networks.isBroken = false;
    await clock.advance(61_000);
    equal(events.length, 3);
  });
});

Deno.test("describeExposure warns of Public networks that the rules leave out", () => {
  equal(describeExposure(["private"], SCOPE), null);
  equal(describeExposure([], SCOPE), null);
  equal(describeExposure(["public"], { ...SCOPE, profiles: "any" }), null);
  equal(describeExposure(null, { ...SCOPE, profiles: ["public"] }), null);
  match(describeExposure(["domain", "public"], SCOPE)!, /Public/);
  match(describeExposure(null, SCOPE)!, /cannot tell/);
});
