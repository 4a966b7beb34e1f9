import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { COMMON_FIELDS, EVENT_FIELDS, JSON_VERSION } from "../../../src/cli/json/json_fields.ts";
import { renderJsonEvent, stringifyLine } from "../../../src/cli/json/render_json.ts";
import { MoveSummary } from "../../../src/cli/screen/move_summary.ts";
import { renderLine } from "../../../src/cli/screen/render_lines.ts";
import { endpointAt } from "../../../src/net/endpoint.ts";
import type { Rule } from "../../../src/plan/rules/rule.ts";
import type { ReconcileEvent } from "../../../src/reconcile/events.ts";
import { Random } from "../random.ts";
import { randomText } from "./random_text.ts";
import { entry } from "../plan/samples.ts";
import { listener, NOON_MS, program, rule, rule6, VIEW } from "./samples.ts";

const OPTIONS = { timeMs: NOON_MS, lanAddress: "192.168.1.20", lanIpv6: "fd00::20", isFile: false };
const UDP_RULE: Rule = {
  listen: endpointAt("udp", "0.0.0.0", 5300),
  target: { kind: "proxy", to: endpointAt("udp", "172.23.21.232", 5300) },
};
const SEEN = { ...listener(3000), program: null };

/** A port that is open by IPv4 alone, as it should be; and one that lacks IPv6. */
const WHOLE = { beside: [], missing: [] };
const LACKING = {
  beside: [],
  missing: [{ rule: rule6(80), reason: "foreign-entry", detail: "[::]:80 -> \x1b[2Jhost:80" }],
} as const;

/** Every type, and every way it can be said: the event, and its line without the time. */
const LINES: readonly (readonly [event: ReconcileEvent, line: string])[] = [
  [
    { type: "ready", guestAddress: "172.23.21.232", forwarded: 3 },
    "ready: 3 ports forwarded to 172.23.21.232",
  ],
  [
    {
      type: "forwarded",
      rule: rule(3000),
      ...WHOLE,
      listener: SEEN,
      program: program("node", 12),
      isTakenOver: false,
    },
    "forwarded http://192.168.1.20:3000 -> 172.23.21.232:3000: node 12",
  ],
  [
    { type: "forwarded", rule: rule(443), ...WHOLE, listener: null, program: null, isTakenOver: true },
    "unchanged https://192.168.1.20 -> 172.23.21.232:443: fixed port",
  ],
  [
    {
      type: "forwarded",
      rule: rule(1),
      ...WHOLE,
      listener: SEEN,
      program: program("\x1b]0;x\x07", null),
      isTakenOver: false,
    },
    "forwarded http://192.168.1.20:1 -> 172.23.21.232:1: \\x1b]0;x\\x07",
  ],
  [
    { type: "forwarded", rule: rule(80), ...LACKING, listener: null, program: null, isTakenOver: false },
    "forwarded http://192.168.1.20 -> 172.23.21.232:80: fixed port; not by IPv6: somebody else's entry has this port on " +
    "Windows; remove it, or use --map ([::]:80 -> \\x1b[2Jhost:80)",
  ],
  [
    { type: "changed", rule: rule(80), ...LACKING },
    "changed http://192.168.1.20 -> 172.23.21.232:80: not by IPv6: somebody else's entry has this port on Windows; " +
    "remove it, or use --map ([::]:80 -> \\x1b[2Jhost:80)",
  ],
  [
    { type: "changed", rule: rule(80), beside: [rule6(80)], missing: [] },
    "changed http://192.168.1.20 -> 172.23.21.232:80: by IPv6, too",
  ],
  [
    { type: "changed", rule: rule(80), ...WHOLE },
    "changed http://192.168.1.20 -> 172.23.21.232:80: nothing is missing",
  ],
  [
    { type: "removed", rule: rule6(80), program: null, reason: "closed" },
    "removed http://[fd00::20] -> 172.23.21.232:80: nothing listens any more",
  ],
  [
    { type: "removed", rule: rule(3000), program: program("node", 12), reason: "closed" },
    "removed http://192.168.1.20:3000 -> 172.23.21.232:3000: node 12: nothing listens any more",
  ],
  [
    { type: "removed", rule: rule(3000), program: null, reason: "stopped" },
    "removed http://192.168.1.20:3000 -> 172.23.21.232:3000: wslfwd ends",
  ],
  [
    { type: "rejected", rejection: VIEW.rejections[0]! },
    "not forwarded 5432: postgres 88: listens on loopback only; have it listen on 0.0.0.0",
  ],
  [
    { type: "rejected", rejection: VIEW.rejections[1]! },
    "not forwarded 80: fixed port: somebody else's entry has this port on Windows; remove it, or use --map " +
    "(*:80 -> \\x1b[2Jhost:80)",
  ],
  [
    {
      type: "forwarded",
      rule: UDP_RULE,
      ...WHOLE,
      listener: SEEN,
      program: program("dnsd", 9),
      isTakenOver: false,
    },
    "forwarded 192.168.1.20:5300/udp -> 172.23.21.232:5300: dnsd 9",
  ],
  // What opens a service on loopback, and another number on Windows, are TCP's.
  [
    { type: "rejected", rejection: { ...VIEW.rejections[0]!, protocol: "udp", detail: "127.0.0.1" } },
    "not forwarded 5432/udp: postgres 88: listens on 127.0.0.1 only; have it listen on 0.0.0.0",
  ],
  [
    {
      type: "rejected",
      rejection: { ...VIEW.rejections[0]!, protocol: "udp", reason: "taken-on-windows", detail: "pid 12" },
    },
    "not forwarded 5432/udp: postgres 88: a program on Windows has this port by UDP; stop it (pid 12)",
  ],
  [
    { type: "cleared", rejection: VIEW.rejections[0]! },
    "no longer rejected 5432: listens on loopback only; have it listen on 0.0.0.0",
  ],
  [
    {
      type: "restored",
      entry: entry("*:80 -> h\x1bost:1-2"),
      isBack: true,
    },
    "restored *:80 -> h\\x1bost:1-2: somebody made it while wslfwd changed that port",
  ],
  [
    {
      type: "restored",
      entry: entry("*:80 -> host:1"),
      isBack: false,
    },
    "error: *:80 -> host:1 was overwritten and could not be put back; add it again by netsh",
  ],
  [
    { type: "released", rule: rule(3000) },
    "released 0.0.0.0:3000 -> 172.23.21.232:3000: somebody changed the entry, so it is theirs now",
  ],
  [
    { type: "address", from: "172.23.21.1", to: "172.23.21.2" },
    "address: this guest has 172.23.21.2 now, no longer 172.23.21.1",
  ],
  [{ type: "engine", engine: "bpftrace", detail: null }, "engine: bpftrace"],
  [{ type: "engine", engine: "netlink", detail: "no bpftrace\n" }, "engine: netlink: no bpftrace\\n"],
  [
    {
      type: "network",
      lanAddress: "192.168.1.20",
      lanIpv6: null,
      lanAddresses: ["192.168.1.20"],
      lanName: null,
      profiles: ["private"],
      warning: null,
    },
    "network: others reach this PC at 192.168.1.20",
  ],
  [
    {
      type: "network",
      lanAddress: "192.168.1.20",
      lanIpv6: null,
      lanAddresses: ["192.168.1.20", "10.0.0.9"],
      lanName: "desktop-abc.local",
      profiles: ["private"],
      warning: null,
    },
    "network: others reach this PC at 192.168.1.20 or 10.0.0.9, also at desktop-abc.local",
  ],
  [
    {
      type: "network",
      lanAddress: null,
      lanIpv6: null,
      lanAddresses: [],
      lanName: null,
      profiles: null,
      warning: "it is Public; add --profile any",
    },
    "network: Windows' address is not known; it is Public; add --profile any",
  ],
  [{ type: "recovered", operation: "apply", count: 1 }, "apply works again"],
  [
    { type: "asked", opening: [3000, 3001], closing: [80] },
    "waiting for Windows: netsh opens 3000, 3001 and netsh closes 80",
  ],
  [
    { type: "asked", opening: [1, 2, 3, 4, 5, 6, 7], closing: [] },
    "waiting for Windows: netsh opens 1, 2, 3, 4, 5 and 2 more",
  ],
  [{ type: "asked", opening: [], closing: [] }, "waiting for Windows: it was asked what it holds"],
  [{ type: "answered", durationMs: 4120 }, "Windows answered after 4.1 s"],
  [{ type: "notice", code: "public", message: "this network is Public" }, "notice: this network is Public"],
  [
    { type: "error", operation: "apply", message: "netsh failed", isRetriable: true, count: 1 },
    "error: netsh failed; trying again",
  ],
  [
    { type: "error", operation: "apply", message: "netsh failed", isRetriable: false, count: 3 },
    "error: netsh failed (3 times)",
  ],
];

for (const [event, line] of LINES) {
  Deno.test(`renderLine says ${JSON.stringify(line)}`, () => {
    equal(renderLine(event, OPTIONS), `12:00:00 ${line}`);
  });

  Deno.test(`renderJsonEvent gives ${event.type} the fields that are documented: ${line}`, () => {
    const json = renderJsonEvent(event, OPTIONS);
    ok(!json.includes("\n"));
    const object = JSON.parse(json) as Record<string, unknown>;
    const fields = [...COMMON_FIELDS, ...EVENT_FIELDS[event.type]];
    equal(Object.keys(object), fields.map(({ name }) => name));
    for (const { name, type } of fields) {
      ok(type.split(" or ").some((each) => typesOf(object[name]).includes(each)), `${name}: ${json}`);
    }
    equal(object.wslfwd, JSON_VERSION);
    equal(object.time, new Date(NOON_MS).toISOString());
  });
}

Deno.test("every type of event is rendered in these tests", () => {
  equal(new Set(LINES.map(([event]) => event.type)), new Set(Object.keys(EVENT_FIELDS)));
});

Deno.test("renderLine names the listen address where Windows' own is not known", () => {
  const event: ReconcileEvent = { type: "removed", rule: rule(80), program: null, reason: "moved" };
  equal(
    renderLine(event, { ...OPTIONS, lanAddress: null }),
    "12:00:00 removed 0.0.0.0:80 -> 172.23.21.232:80: this guest's address changed",
  );
});

Deno.test("renderLine has the date where the line may be read on another day", () => {
  const event: ReconcileEvent = { type: "recovered", operation: "apply", count: 7 };
  match(renderLine(event, { ...OPTIONS, isFile: true }), /^\d{4}-\d\d-\d\d 12:00:00 apply works again$/);
});

Deno.test("MoveSummary tells of a new address in one line, however many ports move, and loses no other event", () => {
  const moves = new MoveSummary();
  const removed = (port: number): ReconcileEvent => (
    { type: "removed", rule: rule(port), program: null, reason: "moved" }
  );
  const forwarded = (port: number): ReconcileEvent => (
    { type: "forwarded", rule: rule(port), ...WHOLE, listener: null, program: null, isTakenOver: false }
  );
  const address: ReconcileEvent = { type: "address", from: "172.28.16.2", to: "172.28.16.9" };
  const ready: ReconcileEvent = { type: "ready", guestAddress: "172.28.16.9", forwarded: 0 };
  const play = (...events: ReconcileEvent[]) =>
    events.flatMap((event) => {
      const { lines, isCovered } = moves.take(event);
      return [...lines, ...isCovered ? [] : [event.type]];
    });
  const moved = "address 172.28.16.2 -> 172.28.16.9: ";
  equal(play(address, removed(1), removed(2), forwarded(1), forwarded(2)), [`${moved}2 ports moved`]);
  equal(play(removed(3), forwarded(3), forwarded(4)), [`${moved}1 port moved`, "forwarded"]);
  equal(play(address, ready), [`${moved}0 ports moved`, "ready"]);
  equal(play(address, removed(1), removed(2), forwarded(1), ready, forwarded(2)), [
    `${moved}1 port moved, 1 port not yet`,
    "ready",
    "forwarded",
  ]);
});

Deno.test("stringifyLine is fit for a terminal and reads back the same", () => {
  const random = new Random();
  for (let round = 0; round < 5000; round++) {
    const text = randomText(random, 30);
    const json = stringifyLine({ text });
    const said = `seed ${random.seed}, round ${round}: ${JSON.stringify(text)}`;
    ok(!/[\p{C}\p{Zl}\p{Zp}\p{DI}]/u.test(json), said);
    equal(JSON.parse(json), { text }, said);
  }
});

/** An empty list is one of anything. */
function typesOf(value: unknown): string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) {
    if (value.length === 0) return ["list", "numbers", "objects"];
    return [typeof value[0] === "number" ? "numbers" : typeof value[0] === "object" ? "objects" : "list"];
  }
  return [
    { string: "text", number: "number", boolean: "true/false" }[typeof value as string] ?? typeof value,
  ];
}
