import { deepStrictEqual as equal } from "node:assert/strict";
import { mergeSettings } from "../../../src/config/settings.ts";
import { PortSet } from "../../../src/net/port_set.ts";
import type { ReconcileEvent } from "../../../src/reconcile/events.ts";
import { formatUrl } from "../../../src/view/url.ts";
import { ViewState } from "../../../src/view/view_state.ts";
import { listener, NOON_MS, program, rule } from "../cli/samples.ts";

const SETTINGS = mergeSettings({}, {}, {
  ephemeralPorts: PortSet.EMPTY,
  holdsAddress: () => true,
  isRoot: false,
});

function stateAfter(...events: readonly ReconcileEvent[]): ViewState {
  const state = new ViewState(SETTINGS);
  for (const [index, event] of events.entries()) state.note(event, NOON_MS + index * 1000);
  return state;
}

const forwarded = (port: number): ReconcileEvent => ({
  type: "forwarded",
  rule: rule(port),
  beside: [],
  missing: [],
  listener: { ...listener(port), program: null },
  program: { ...program("node", 12), folder: "/srv/shop" },
  isTakenOver: false,
});
const network = (...profiles: ("public" | "private")[]): ReconcileEvent => ({
  type: "network",
  lanAddress: "192.168.1.20",
  lanIpv6: null,
  lanAddresses: ["192.168.1.20"],
  lanName: null,
  profiles,
  warning: profiles.includes("public") ? "it is Public" : null,
});
const notice = (code: string): ReconcileEvent => ({ type: "notice", code, message: code });

Deno.test("ViewState shows the newest first, with program and folder", () => {
  const ready: ReconcileEvent = { type: "ready", guestAddress: "172.23.21.232", forwarded: 1 };
  const { view } = stateAfter(ready, forwarded(80), forwarded(3000), forwarded(22));
  equal(view.forwards.map(({ rule }) => rule.listen.port), [22, 3000, 80]);
  equal([view.forwards[0]!.program, view.forwards[0]!.folder], ["node", "/srv/shop"]);
});

Deno.test("ViewState marks what is on 127.0.0.1: it has a rule only where wslfwd opened it", () => {
  const on = (address: string) => {
    const event = forwarded(3000) as Extract<ReconcileEvent, { type: "forwarded" }>;
    const { isLoopback, note } = stateAfter({ ...event, listener: { ...event.listener!, address } }).view
      .forwards[0]!;
    return [isLoopback, note];
  };
  equal(on("127.0.0.1"), [true, "on 127.0.0.1, opened by wslfwd"]);
  equal(on("0.0.0.0"), [false, ""]);
});

Deno.test("ViewState takes what one netsh opened, or was there at the start, for of one time", () => {
  const ready: ReconcileEvent = { type: "ready", guestAddress: "172.23.21.232", forwarded: 1 };
  const asked: ReconcileEvent = { type: "asked", opening: [80, 3000], closing: [] };
  const ports = (...events: ReconcileEvent[]) =>
    stateAfter(...events).view.forwards.map(({ rule }) => rule.listen.port);
  equal(ports(forwarded(443), forwarded(22), ready, asked, forwarded(3000), forwarded(80)), [
    80,
    3000,
    22,
    443,
  ]);
});

Deno.test("ViewState takes what Windows opens for opening until it is told what became of it", () => {
  const asked: ReconcileEvent = { type: "asked", opening: [80, 81], closing: [] };
  const answered: ReconcileEvent = { type: "answered", durationMs: 100 };
  equal(stateAfter(asked).view.asked, { sinceMs: NOON_MS, opening: [80, 81], closing: [] });
  equal(stateAfter(asked, answered, forwarded(80)).view.asked?.opening, [81]);
  equal(stateAfter(asked, answered, forwarded(80), forwarded(81)).view.asked, null);
  const error = { type: "error", operation: "netsh", message: "", isRetriable: true, count: 1 } as const;
  equal(stateAfter(asked, answered, error).view.asked, null);
});

Deno.test("ViewState takes nothing for reachable that a Public network or IP Helper keeps out", () => {
  const states = (...events: ReconcileEvent[]) =>
    stateAfter(forwarded(80), ...events).view.forwards.map(({ state }) => state);
  equal(states(network("private")), ["reachable"]);
  equal(states(network("public")), ["blocked"]);
  equal(states(network("public"), network("private")), ["reachable"]);
  equal(states(notice("forwarder-stopped")), ["blocked"]);
  equal(states(notice("forwarder-stopped"), notice("forwarder-running")), ["reachable"]);
  equal(states({ type: "asked", opening: [], closing: [80] }), ["closing"]);
});

Deno.test("formatUrl promises a web page only where one may be", () => {
  equal(formatUrl("192.168.1.20", 3000), "http://192.168.1.20:3000");
  equal(formatUrl("192.168.1.20", 80), "http://192.168.1.20");
  equal(formatUrl("192.168.1.20", 443), "https://192.168.1.20");
  equal(formatUrl("fd00::1", 8443), "https://[fd00::1]:8443");
  equal(formatUrl("fd00::1", 80), "http://[fd00::1]");
  equal(formatUrl("192.168.1.20", 5432), "192.168.1.20:5432");
  equal(formatUrl(null, 3000), ":3000");
});
