import { deepStrictEqual as equal } from "node:assert/strict";
import { AddressFirst } from "../../../src/daemon/run/address_first.ts";
import type { ReconcileEvent } from "../../../src/reconcile/events.ts";
import { FakeClock } from "../time/fake_clock.ts";

const READY: ReconcileEvent = { type: "ready", guestAddress: "172.23.21.232", forwarded: 0 };
const NETWORK: ReconcileEvent = {
  type: "network",
  lanAddress: "10.0.0.2",
  lanIpv6: null,
  lanAddresses: [],
  lanName: null,
  profiles: null,
  warning: null,
};
const ASKED: ReconcileEvent = { type: "asked", opening: [80], closing: [] };

function open(): { first: AddressFirst; clock: FakeClock; told: string[] } {
  const told: string[] = [], clock = new FakeClock();
  return { first: new AddressFirst((event) => told.push(event.type), clock), clock, told };
}

Deno.test("AddressFirst tells the address before everything that is said of ports", () => {
  const { first, told } = open();
  for (const event of [ASKED, READY, NETWORK, READY]) first.emit(event);
  equal(told, ["asked", "network", "ready", "ready"]);
});

Deno.test("AddressFirst does not wait for ever", async () => {
  const { first, clock, told } = open();
  first.emit(READY);
  await clock.advance(2999);
  equal(told, []);
  await clock.advance(1);
  equal(told, ["ready"]);
  first.emit(READY);
  first.emit(NETWORK);
  equal(told, ["ready", "ready", "network"]);
});

Deno.test("AddressFirst keeps nothing back at the end", () => {
  const { first, told } = open();
  first.emit(READY);
  first.release();
  first.release();
  equal(told, ["ready"]);
});
