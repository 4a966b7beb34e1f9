import { deepStrictEqual as equal, match } from "node:assert/strict";
import { NetworkWatch } from "../../../src/daemon/run/network_watch.ts";
import { describeExposure, exposureRemedy } from "../../../src/windows/network/exposure.ts";
import type { Lan } from "../../../src/windows/network/lan_address.ts";
import type { Profile } from "../../../src/plan/claims/opening.ts";
import type { ReconcileEvent } from "../../../src/reconcile/events.ts";
import { CommandError, type CommandResult } from "../../../src/process/command.ts";
import { FakeClock } from "../time/fake_clock.ts";

const SCOPE = { profiles: ["private", "domain"] as const, remoteIps: ["localsubnet"] };
const EXPOSURE = { scope: SCOPE, usesIpv6: false };

/** The programs that it asks. */
class Networks {
  windowsFolder = null;
  address = "192.168.1.5";
  category = "Private";
  /** What Windows calls the network of a virtual switch that leads nowhere. */
  switchCategory = "Private";
  isBroken = false;
  /** Ends the wait of a powershell.exe that takes its time. */
  isSlow: Promise<void> | null = null;
  calls = 0;

  async run(name: string): Promise<CommandResult> {
    this.calls++;
    if (name !== "route.exe") await this.isSlow;
    if (this.isBroken) return await Promise.reject(new CommandError([name], "timeout", "too slow", 1));
    const stdout = name === "reg.exe"
      ? "    ComputerName    REG_SZ    DESKTOP-ABC\r\n"
      : name === "route.exe"
      ? `  0.0.0.0          0.0.0.0      192.168.1.1      ${this.address}     25\r\n127.0.0.0 255.0.0.0 On-link 127.0.0.1 331\r\n`
      : [
        '"InterfaceIndex","NetworkCategory"',
        `"17","${this.switchCategory}"`,
        `"12","${this.category}"`,
        '"InterfaceIndex","IPAddress"',
        `"12","${this.address}"`,
        '"17","172.23.16.1"',
        '"InterfaceIndex","HardwareInterface","InterfaceAlias"',
        '"12","True","Wi-Fi"',
        '"17","False","vEthernet (Default Switch)"',
        "",
      ].join("\r\n");
    const bytes = new TextEncoder().encode(stdout);
    return {
      argv: [name],
      exitCode: 0,
      stdout: bytes,
      stderr: new Uint8Array(),
      durationMs: 1,
    };
  }
}

async function withWatch(
  check: (rig: { networks: Networks; clock: FakeClock; events: ReconcileEvent[] }) => Promise<void>,
) {
  const networks = new Networks(), clock = new FakeClock(), events: ReconcileEvent[] = [];
  const watch = new NetworkWatch(networks, EXPOSURE, (event) => events.push(event), clock);
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
    const lanAddresses = ["192.168.1.5"];
    equal(events, [{
      type: "network",
      lanAddress: "192.168.1.5",
      lanIpv6: null,
      lanAddresses,
      lanName: "desktop-abc.local",
      profiles: ["private"],
      warning: null,
    }]);
    await clock.advance(300_000);
    equal([events.length, networks.calls], [1, 13]);
    networks.switchCategory = "Public"; // No alarm: nobody of the LAN comes over it (case 5).
    await clock.advance(60_000);
    equal(events.length, 1);
    networks.category = "Public";
    await clock.advance(60_000);
    const [, event] = events;
    equal(event?.type === "network" && [event.profiles, event.lanName], [["public"], null]);
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

Deno.test("NetworkWatch tells the address by the routes alone where powershell.exe takes its time", async () => {
  const networks = new Networks(), clock = new FakeClock(), events: ReconcileEvent[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  networks.isSlow = promise;
  const watch = new NetworkWatch(networks, EXPOSURE, (event) => events.push(event), clock);
  watch.start();
  await clock.advance(1000);
  equal(events.length, 0);
  await clock.advance(2000);
  const told = () => events.map((event) => event.type === "network" && [event.lanAddress, event.profiles]);
  equal(told(), [["192.168.1.5", null]]);
  resolve();
  await clock.advance(0);
  equal(told(), [["192.168.1.5", null], ["192.168.1.5", ["private"]]]);
  await watch.stop();
});

Deno.test("describeExposure warns where the rules leave out the best network, and of no other", () => {
  const lans = (...profiles: (Profile | null)[]) =>
    profiles.map((profile, i): Lan => ({ address: `192.168.1.${i}`, ipv6: null, index: i, profile }));
  equal(describeExposure(lans("private"), SCOPE), null);
  equal(describeExposure([], SCOPE), null);
  equal(describeExposure(lans("public"), { ...SCOPE, profiles: "any" }), null);
  equal(describeExposure(null, { ...SCOPE, profiles: ["public"] }), null);
  equal(describeExposure(lans("private", "public"), SCOPE), null);
  match(describeExposure(lans("public", "domain"), SCOPE)!, /Public/);
  match(
    describeExposure(lans("private"), { ...SCOPE, profiles: ["domain"] })!,
    /private.*--profile private$/,
  );
  match(describeExposure(null, SCOPE)!, /cannot tell/);
  match(describeExposure(lans(null), SCOPE)!, /cannot tell/);
  match(
    exposureRemedy(lans("private", "public")[1]!),
    /^Set-NetConnectionProfile -InterfaceIndex 1 -Network/,
  );
});
