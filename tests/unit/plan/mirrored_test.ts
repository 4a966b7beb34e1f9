import { deepStrictEqual as same } from "node:assert/strict";
import { desiredRules } from "../../../src/plan/desired/desired_rules.ts";
import { diffRules } from "../../../src/plan/changes/diff_rules.ts";
import { formatEntry } from "../../../src/plan/rules/entry.ts";
import { hostPortOf } from "../../../src/plan/desired/forward.ts";
import type { HostView } from "../../../src/plan/desired/host_view.ts";
import type { Held, Operation } from "../../../src/plan/changes/operation.ts";
import type { Policy } from "../../../src/plan/desired/policy.ts";
import { isInForce, rulesInForce } from "../../../src/plan/rules/rules_in_force.ts";
import { formatRule } from "../../../src/plan/rules/rule.ts";
import {
  claim,
  entry,
  entryIn,
  excluding,
  FREE_HOST,
  GUEST,
  IPV4_POLICY,
  listening,
  namedBy,
  ports,
  taking,
} from "./samples.ts";

const HOST = "192.168.50.1";
const MIRRORED: Policy = { ...IPV4_POLICY, reach: "direct" };

const direct = (port: number) => `0.0.0.0:${port}`;
const forwarded = (port: number) => `0.0.0.0:${port} -> ${GUEST}:${port}`;
const words = (plan: readonly Operation[]) =>
  plan.map((each) => `${each.kind} ${"claim" in each ? namedBy(each.claim) : formatEntry(each.entry)}`);

Deno.test("desiredRules in mirrored mode opens what is on Windows' own address or on all, and nothing else", () => {
  const listeners = [
    listening("0.0.0.0:3000"),
    listening("[::]:3001"),
    listening(`${HOST}:3002`),
    listening("127.0.0.1:3003"),
    listening("172.17.0.1:3004"),
  ];
  const { forwards, rejections } = desiredRules(listeners, MIRRORED, HOST, FREE_HOST);
  same(forwards.flatMap(({ rules }) => rules.map(formatRule)), [3000, 3001, 3002].map(direct));
  same(rejections.map(({ hostPort, reason }) => [hostPort, reason]), [[3003, "loopback"], [
    3004,
    "other-address",
  ]]);
});

Deno.test("desiredRules in mirrored mode takes no notice of what has a port that the guest has", () => {
  const host: HostView = {
    ...FREE_HOST,
    taken: [taking("0.0.0.0", 3000, 4), taking("0.0.0.0", 445, 4)],
    excluded: excluding("3000,50000-50059"),
  };
  const policy: Policy = { ...MIRRORED, fixedPorts: ports("445,8080,50001") };
  const { forwards, rejections } = desiredRules([listening("0.0.0.0:3000")], policy, HOST, host);
  same(forwards.map((forward) => hostPortOf(forward).port), [3000, 8080]);
  // A fixed port on which nothing of the guest listens would open the program of Windows that has it.
  same(rejections.map(({ hostPort, reason }) => [hostPort, reason]), [[445, "taken-on-windows"], [
    50001,
    "excluded-range",
  ]]);
});

Deno.test("desiredRules in mirrored mode leaves a port alone on which somebody has an entry, and renumbers none", () => {
  const foreign = entry("0.0.0.0:3000 -> 10.1.2.3:3000");
  const policy: Policy = { ...MIRRORED, portMaps: [{ hostPort: 8080, guestPort: 3001 }] };
  const listeners = [listening("0.0.0.0:3000"), listening("0.0.0.0:3001")];
  const { forwards, rejections } = desiredRules(listeners, policy, HOST, {
    ...FREE_HOST,
    foreign: [foreign],
  });
  same(forwards, []);
  same(rejections.map(({ hostPort, reason }) => [hostPort, reason]), [[3000, "foreign-entry"], [
    8080,
    "renumbered",
  ]]);
});

const OPEN = claim(direct(3000)), PASSED_ON = claim(forwarded(3000));
/** An entry as it would be that leads to Windows itself. */
const LOOP = entry("0.0.0.0:3000 -> 0.0.0.0:3000");

/** What is held, what is wanted, what follows. */
const cases: readonly (readonly [string, Held, readonly string[], readonly string[]])[] = [
  ["opens a port by a claim alone", { entries: [], claims: [] }, [direct(3000)], [
    `add-claim ${direct(3000)}`,
  ]],
  ["leaves an open port as it is", { entries: [], claims: [OPEN] }, [direct(3000)], []],
  ["closes a port", { entries: [], claims: [OPEN] }, [], [`delete-claim ${direct(3000)}`]],
  ["moves from nat to mirrored", { entries: [entryIn(PASSED_ON)], claims: [PASSED_ON] }, [direct(3000)], [
    `add-claim ${direct(3000)}`,
    `delete-entry ${forwarded(3000)}`,
    `delete-claim ${forwarded(3000)}`,
  ]],
  ["moves from mirrored to nat", { entries: [], claims: [OPEN] }, [forwarded(3000)], [
    `add-claim ${forwarded(3000)}`,
    `add-entry ${forwarded(3000)}`,
    `delete-claim ${direct(3000)}`,
  ]],
  [
    "takes an entry where a direct claim listens for somebody else's",
    { entries: [LOOP], claims: [OPEN] },
    [],
    [`delete-claim ${direct(3000)}`],
  ],
  [
    "leaves somebody's entry alone where it wants the port",
    { entries: [LOOP], claims: [] },
    [direct(3000)],
    [],
  ],
];

for (const [what, held, wanted, operations] of cases) {
  Deno.test(`diffRules ${what}`, () => {
    const desired = wanted.map((text) => claim(text)), plan = diffRules(desired, held);
    same(words(plan), operations);
    const after = applyPlan(plan, held);
    same(diffRules(desired, after), [], "once is enough");
    const loops = (entries: Held["entries"]) =>
      entries.filter(({ connect }) => connect.address === "0.0.0.0");
    same(
      loops(after.entries),
      loops(held.entries),
      "no entry is made or deleted that leads to Windows itself",
    );
  });
}

Deno.test("rulesInForce are claims with their entry, and direct claims", () => {
  const claims = [claim(direct(3000)), claim(forwarded(3001)), claim(forwarded(3002))];
  const table = rulesInForce({ entries: [entry(forwarded(3001)), entry(forwarded(3003))], claims });
  const rules = [...claims, claim(forwarded(3003)), claim(direct(3004))].flatMap(({ rules }) => rules);
  same(rules.filter((rule) => isInForce(table, rule)).map(formatRule), [direct(3000), forwarded(3001)]);
});

/** What Windows holds after a plan. */
function applyPlan(plan: readonly Operation[], held: Held): Held {
  let entries = [...held.entries], claims = [...held.claims];
  for (const operation of plan) {
    switch (operation.kind) {
      case "add-claim":
        claims.push(operation.claim);
        break;
      case "delete-claim":
        claims = claims.filter(({ name }) => name !== operation.claim.name);
        break;
      case "add-entry":
        entries.push(operation.entry);
        break;
      case "delete-entry":
        entries = entries.filter((entry) => JSON.stringify(entry) !== JSON.stringify(operation.entry));
    }
  }
  return { entries, claims };
}

Deno.test("desiredRules in mirrored mode opens what takes IPv6 by IPv6, where Windows has it", () => {
  const listeners = [
    listening("0.0.0.0:3000"),
    listening("[::]:3001"),
    listening("[::]:3002!"),
    listening("[fd00:50::1]:3003"),
    listening("[::1]:3004!"),
    listening("0.0.0.0:3005"),
    listening("[::]:3005!"),
    listening("[::ffff:127.0.0.1]:3006"),
  ];
  const both: Policy = { ...MIRRORED, listenAddresses: ["0.0.0.0", "::"], fixedPorts: ports("9000") };
  const { forwards, rejections } = desiredRules(listeners, both, HOST, FREE_HOST);
  same(forwards.map(({ rules }) => rules.map(formatRule).join(" ")), [
    "0.0.0.0:3000",
    "0.0.0.0:3001 [::]:3001",
    "[::]:3002",
    "[::]:3003",
    "0.0.0.0:3005 [::]:3005",
    "0.0.0.0:9000 [::]:9000",
  ]);
  same(rejections.map(({ hostPort, reason }) => [hostPort, reason]), [[3004, "loopback"], [
    3006,
    "loopback",
  ]]);
  const without = desiredRules(listeners, MIRRORED, HOST, FREE_HOST).rejections;
  same(without.map(({ hostPort, reason }) => [hostPort, reason]).slice(0, 2), [[3002, "v6only"], [
    3003,
    "v6only",
  ]]);
});
