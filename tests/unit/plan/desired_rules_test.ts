import { unreadRow } from "../../../src/plan/rules/unread_row.ts";
import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { desiredRules } from "../../../src/plan/desired/desired_rules.ts";
import type { Desired, SeenListener } from "../../../src/plan/desired/forward.ts";
import type { HostView } from "../../../src/plan/desired/host_view.ts";
import { DEFAULT_POLICY, type Policy } from "../../../src/plan/desired/policy.ts";
import { formatRule } from "../../../src/plan/rules/rule.ts";
import { entry, excluding, FREE_HOST, GUEST, listening, policyOf, ports, taking } from "./samples.ts";

/** What came out, as text: rules, and `host port: reason (detail)`. */
function show({ forwards, rejections }: Desired): { rules: string[]; rejected: string[] } {
  return {
    rules: forwards.flatMap(({ rules }) => rules.map(formatRule)),
    rejected: rejections.map(({ hostPort, reason, detail }) =>
      `${hostPort}: ${reason}${detail === "" ? "" : ` (${detail})`}`
    ),
  };
}

const rule = (port: number, guestPort = port) => `0.0.0.0:${port} -> ${GUEST}:${guestPort}`;

function desire(
  listeners: readonly SeenListener[],
  policy: Partial<Policy> = {},
  host: Partial<HostView> = {},
  pending: readonly string[] = [],
) {
  return desiredRules(listeners, policyOf(policy), GUEST, { ...FREE_HOST, ...host }, new Set(pending));
}

type Row = readonly [name: string, listeners: readonly SeenListener[], rules: string[], rejected: string[]];

Deno.test("desiredRules: where a socket listens decides whether it can be reached", () => {
  const rows: readonly Row[] = [
    ["nothing", [], [], []],
    ["every IPv4 address", [listening("0.0.0.0:80")], [rule(80)], []],
    ["every address, dual stack", [listening("[::]:80")], [rule(80)], []],
    ["mapped any", [listening("[::ffff:0.0.0.0]:80")], [rule(80)], []],
    ["the guest's address", [listening(`${GUEST}:80`)], [rule(80)], []],
    ["the guest's address, mapped", [listening(`[::ffff:${GUEST}]:80`)], [rule(80)], []],
    ["loopback", [listening("127.0.0.1:80")], [], ["80: loopback (127.0.0.1)"]],
    ["another loopback", [listening("127.0.0.53:53")], [], ["53: loopback (127.0.0.53)"]],
    ["IPv6 loopback", [listening("[::1]:80!")], [], ["80: loopback (::1)"]],
    ["mapped loopback", [listening("[::ffff:127.0.0.1]:80")], [], ["80: loopback (::ffff:127.0.0.1)"]],
    ["IPv6 only", [listening("[::]:80!")], [], ["80: v6only (::)"]],
    ["an IPv6 address", [listening("[fd00::1]:80")], [], ["80: v6only (fd00::1)"]],
    ["a docker bridge", [listening("172.17.0.1:80")], [], ["80: other-address (172.17.0.1)"]],
    ["a mapped bridge", [listening("[::ffff:172.17.0.1]:80")], [], ["80: other-address (::ffff:172.17.0.1)"]],
    // Several sockets on one port.
    ["dual stack counts once", [listening("0.0.0.0:80"), listening("[::]:80")], [rule(80)], []],
    ["IPv4 and IPv6 only", [listening("0.0.0.0:80"), listening("[::]:80!")], [rule(80)], []],
    ["SO_REUSEPORT", [listening("0.0.0.0:80", "a"), listening("0.0.0.0:80", "a")], [rule(80)], []],
    ["any and loopback", [listening("127.0.0.1:80"), listening("0.0.0.0:80")], [rule(80)], []],
    ["guest's and bridge", [listening("172.17.0.1:80"), listening(`${GUEST}:80`)], [rule(80)], []],
    [
      "the first reason of several",
      [listening("[::1]:80!"), listening("172.17.0.1:80")],
      [],
      ["80: other-address (172.17.0.1)"],
    ],
    ["lowest port first", [listening("0.0.0.0:82"), listening("0.0.0.0:9")], [rule(9), rule(82)], []],
  ];
  for (const [name, listeners, rules, rejected] of rows) {
    equal(show(desire(listeners)), { rules, rejected }, name);
  }
});

Deno.test("desiredRules: a port of several sockets is refused where the policy refuses one that can be reached", () => {
  const denied = { denyPrograms: ["miner"] };
  equal(show(desire([listening("0.0.0.0:80", "node"), listening("0.0.0.0:80", "miner")], denied)), {
    rules: [],
    rejected: ["80: program"],
  });
  // One that cannot be reached has no say.
  equal(show(desire([listening("0.0.0.0:80", "node"), listening("127.0.0.1:80", "miner")], denied)).rules, [
    rule(80),
  ]);
  equal(show(desire([listening("0.0.0.0:80", "node"), listening("[::]:80!", "miner")], denied)).rules, [
    rule(80),
  ]);
  const unlisted = desire([listening("0.0.0.0:80", "node"), listening("0.0.0.0:81", "bash")], {
    allowPrograms: ["node"],
  });
  equal(show(unlisted), { rules: [rule(80)], rejected: ["81: unlisted"] });
  equal(unlisted.rejections[0]!.program?.name, "bash");
  equal(show(desire([listening("0.0.0.0:80")], { denyPorts: ports("80") })).rejected, ["80: port"]);
});

Deno.test("desiredRules tells the program of a port by whichever of its sockets has a name", () => {
  const { forwards } = desire([listening("0.0.0.0:80"), listening("[::]:80", "node")]);
  equal(forwards.map(({ listener }) => listener?.program?.name), ["node"]);
});

Deno.test("desiredRules: what Windows holds stands in the way", () => {
  const web = [listening("0.0.0.0:80", "node")];
  type HostRow = readonly [string, Partial<HostView>, readonly string[], string | null];
  const rows: readonly HostRow[] = [
    [
      "foreign entry",
      { foreign: [entry("0.0.0.0:80 -> 10.0.0.9:80")] },
      [],
      "foreign-entry (0.0.0.0:80 -> 10.0.0.9:80)",
    ],
    ["foreign *", { foreign: [entry("*:80 -> 10.0.0.9:80")] }, [], "foreign-entry (*:80 -> 10.0.0.9:80)"],
    [
      "foreign, one address",
      { foreign: [entry("10.1.1.1:80 -> a:1")] },
      [],
      "foreign-entry (10.1.1.1:80 -> a:1)",
    ],
    [
      "foreign, a host name",
      { foreign: [entry("localhost:80 -> a:1")] },
      [],
      "foreign-entry (localhost:80 -> a:1)",
    ],
    [
      "foreign, a name like loopback",
      { foreign: [entry("127.evil:80 -> a:1")] },
      [],
      "foreign-entry (127.evil:80 -> a:1)",
    ],
    ["foreign, loopback", { foreign: [entry("127.0.0.1:80 -> 10.0.0.9:80")] }, [], null],
    ["foreign, another port", { foreign: [entry("0.0.0.0:81 -> 10.0.0.9:80")] }, [], null],
    [
      "foreign, by the service's name",
      { foreign: [entry("*:http -> a:1")] },
      [],
      "foreign-entry (*:http -> a:1)",
    ],
    ["foreign, by another name", { foreign: [entry("*:https -> a:1")] }, [], null],
    ["a row not understood", { unread: [unreadRow("a b 80 c d 99")] }, [], "foreign-entry (a b 80 c d 99)"],
    ["a row not understood, elsewhere", { unread: [unreadRow("a b 81 c d 80"), unreadRow("?")] }, [], null],
    ["foreign, no port", { foreign: [entry("0.0.0.0:80-90 -> 10.0.0.9:80")] }, [], null],
    ["taken", { taken: [taking("0.0.0.0", 80, 4)] }, [], "taken-on-windows (pid 4)"],
    [
      "taken on one address",
      { taken: [taking("10.1.1.1", 80, 9)] },
      [],
      "taken-on-windows (pid 9)",
    ],
    ["taken on loopback", { taken: [taking("127.0.0.1", 80, 9)] }, [], null],
    ["taken elsewhere", { taken: [taking("0.0.0.0", 81, 9)] }, [], null],
    ["excluded", { excluded: excluding("50-80") }, [], "excluded-range"],
    ["excluded elsewhere", { excluded: excluding("81-90") }, [], null],
    ["excluded by IPv6 alone", { excluded: excluding("", "80") }, [], null],
    ["pending", {}, ["tcp 80"], "pending"],
    ["pending elsewhere", {}, ["tcp 81", "udp 80"], null],
  ];
  for (const [name, host, pending, reason] of rows) {
    const { rules, rejected } = show(desire(web, {}, host, pending));
    equal([rules, rejected], reason === null ? [[rule(80)], []] : [[], [`80: ${reason}`]], name);
  }
});

Deno.test("desiredRules looks at the address that the user chose on Windows", () => {
  const onLoopback = { foreign: [entry("127.0.0.1:80 -> 10.0.0.9:80")] };
  const { rejected } = show(
    desire([listening("0.0.0.0:80")], { listenAddresses: ["127.0.0.1"] }, onLoopback),
  );
  equal(rejected, ["80: foreign-entry (127.0.0.1:80 -> 10.0.0.9:80)"]);
  const { rules } = show(desire([listening("0.0.0.0:80")], { listenAddresses: ["192.168.1.5"] }));
  equal(rules, [`192.168.1.5:80 -> ${GUEST}:80`]);
});

Deno.test("desiredRules: fixed ports are forwarded whatever listens and whatever the policy", () => {
  const fixed = { fixedPorts: ports("80,90") };
  equal(show(desire([], fixed)), { rules: [rule(80), rule(90)], rejected: [] });
  const policy = { ...fixed, denyPorts: ports("80"), denyPrograms: ["node"] };
  equal(show(desire([listening("0.0.0.0:80", "node"), listening("127.0.0.1:90")], policy)), {
    rules: [rule(80), rule(90)],
    rejected: [],
  });
  const { forwards } = desire([listening("0.0.0.0:80", "node"), listening("127.0.0.1:90")], fixed);
  equal(forwards.map(({ listener }) => listener?.program?.name ?? null), ["node", null]);
});

Deno.test("desiredRules: a fixed port that cannot be had is refused once, also while something listens on it", () => {
  const host = { excluded: excluding("80") };
  for (const listeners of [[], [listening("0.0.0.0:80")], [listening("127.0.0.1:80")]]) {
    equal(show(desire(listeners, { fixedPorts: ports("80") }, host)), {
      rules: [],
      rejected: ["80: excluded-range"],
    });
  }
});

Deno.test("desiredRules: a map gives a guest port another number on Windows", () => {
  const portMaps = [{ hostPort: 8080, guestPort: 80 }, { hostPort: 9090, guestPort: 80 }];
  equal(show(desire([listening("0.0.0.0:80")], { portMaps })), {
    rules: [rule(8080, 80), rule(9090, 80)],
    rejected: [],
  });
  equal(show(desire([], { portMaps })).rules, [], "a map alone opens nothing");
  equal(show(desire([listening("127.0.0.1:80")], { portMaps })).rejected, ["8080: loopback (127.0.0.1)"]);
});

Deno.test("desiredRules: for one port on Windows, fixed ports go first, then maps, then the lowest guest port", () => {
  const portMaps = [{ hostPort: 80, guestPort: 8000 }, { hostPort: 80, guestPort: 7000 }];
  const all = [listening("0.0.0.0:80"), listening("0.0.0.0:8000"), listening("0.0.0.0:7000")];
  equal(show(desire(all, { portMaps, fixedPorts: ports("80") })), {
    rules: [rule(80)],
    rejected: ["80: host-port-in-use (guest port 80)", "80: host-port-in-use (guest port 80)"],
  });
  equal(show(desire(all, { portMaps })), {
    rules: [rule(80, 7000)],
    rejected: ["80: host-port-in-use (guest port 7000)", "80: host-port-in-use (guest port 7000)"],
  });
  const { rejections } = desire(all, { portMaps });
  equal(rejections.map(({ listener }) => listener?.port), [8000, 80]);
});

Deno.test("desiredRules never forwards to Windows itself", () => {
  for (const address of ["127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"]) {
    throws(
      () => desiredRules([listening("0.0.0.0:80")], DEFAULT_POLICY, address, FREE_HOST),
      RangeError,
      address,
    );
  }
});

Deno.test("desiredRules takes five thousand listeners without waste", () => {
  const many = Array.from({ length: 5000 }, (_, i) => listening(`0.0.0.0:${12_000 + i}`, "node"));
  const foreign = Array.from({ length: 5000 }, (_, i) => entry(`0.0.0.0:${20_000 + i} -> 10.0.0.9:1`));
  const { forwards, rejections } = desire(many, { denyPrograms: ["x"] }, { foreign });
  equal([forwards.length, rejections.length], [5000, 0]);
});

Deno.test("desiredRules has no word for WSL's own resolver", () => {
  const resolver = listening("10.255.255.254:53");
  equal(show(desire([resolver])), { rules: [], rejected: [] });
  equal(show(desire([resolver, listening("0.0.0.0:53")])).rules, [rule(53)]);
});

Deno.test("desiredRules: one way in for each address of Windows, of either family", () => {
  const listenAddresses = ["0.0.0.0", "::"], web = [listening("0.0.0.0:80", "node")];
  const six = `[::]:80 -> ${GUEST}:80`;
  equal(show(desire(web, { listenAddresses })), { rules: [rule(80), six], rejected: [] });
  equal(show(desire(web, { listenAddresses: ["192.168.1.5", "fd00::1"] })).rules, [
    `192.168.1.5:80 -> ${GUEST}:80`,
    `[fd00::1]:80 -> ${GUEST}:80`,
  ]);
  equal(show(desire([], { listenAddresses, fixedPorts: ports("80") })).rules, [rule(80), six]);
});

Deno.test("desiredRules: what stands in the way of one family leaves the other as it is", () => {
  const listenAddresses = ["0.0.0.0", "::"], web = [listening("0.0.0.0:80", "node")];
  const foreign4 = entry("0.0.0.0:80 -> 10.0.0.9:80"), foreign6 = entry("[::]:80 -> 10.0.0.9:80");
  const missing = (host: Partial<HostView>) => {
    const desired = desire(web, { listenAddresses }, host);
    const left = desired.forwards.flatMap((forward) => forward.missing);
    return { ...show(desired), missing: left.map(({ rule, reason }) => `${formatRule(rule)}: ${reason}`) };
  };
  const six = `[::]:80 -> ${GUEST}:80`;
  equal(missing({ foreign: [foreign6] }), {
    rules: [rule(80)],
    rejected: [],
    missing: [`${six}: foreign-entry`],
  });
  equal(missing({ foreign: [foreign4] }), {
    rules: [six],
    rejected: [],
    missing: [`${rule(80)}: foreign-entry`],
  });
  equal(missing({ foreign: [foreign4, foreign6] }).rejected, [
    "80: foreign-entry (0.0.0.0:80 -> 10.0.0.9:80)",
  ]);
  // The firewall opens a port by both families, so a program of Windows that has it by one stands in the way of both.
  equal(missing({ taken: [taking("::", 80, 9)] }).rejected, ["80: taken-on-windows (pid 9)"]);
  const [able] = FREE_HOST.abilities;
  equal(missing({ abilities: [{ ...able!, families: [4] }] }).missing, [`${six}: no-carrier`]);
  equal(missing({ excluded: excluding("", "80") }).missing, [`${six}: excluded-range`]);
  equal(missing({ excluded: excluding("80", "") }).missing, [`${rule(80)}: excluded-range`]);
  equal(missing({ excluded: excluding("80") }).rejected, ["80: excluded-range"]);
});
