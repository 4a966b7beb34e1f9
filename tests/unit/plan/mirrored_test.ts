import { deepStrictEqual as same, equal } from "node:assert/strict";
import { claimOn, type FirewallScope, formatTag, parseTag } from "../../../src/plan/claim.ts";
import { desiredRules, type SeenListener } from "../../../src/plan/desired_rules.ts";
import { diffRules } from "../../../src/plan/diff_rules.ts";
import type { Held, Operation } from "../../../src/plan/operation.ts";
import { DEFAULT_POLICY, type HostView, type Policy } from "../../../src/plan/policy.ts";
import { DIRECT, type Entry, entryOf, formatEntry, type Rule } from "../../../src/plan/rule.ts";
import { rulesInForce } from "../../../src/plan/rules_in_force.ts";
import { PortSet } from "../../../src/net/port_set.ts";

const HOST = "192.168.50.1", GUEST = "172.23.21.232", OWNER = "0a1b2c3d";
const SCOPE: FirewallScope = DEFAULT_POLICY.scope;
const MIRRORED: Policy = { ...DEFAULT_POLICY, reach: "direct" };
const FREE: HostView = { foreign: [], unread: [], taken: [], excluded: PortSet.EMPTY };

const direct = (port: number): Rule => ({
  listenAddress: "0.0.0.0",
  listenPort: port,
  connectAddress: DIRECT,
  connectPort: port,
});
const forwarded = (port: number): Rule => ({ ...direct(port), connectAddress: GUEST });
const claim = (rule: Rule) => claimOn(rule, OWNER, SCOPE);
const words = (plan: readonly Operation[]) =>
  plan.map((each) =>
    `${each.kind} ${"claim" in each ? each.claim.rule.connectAddress : each.entry.connectAddress}`
  );

function listening(address: string, port: number): SeenListener {
  const family = address.includes(":") ? 6 : 4;
  return { family, address, port, inode: port, uid: 0, v6only: false, program: null };
}

Deno.test("desiredRules in mirrored mode opens what is on Windows' own address or on all, and nothing else", () => {
  const listeners = [
    listening("0.0.0.0", 3000),
    listening("::", 3001),
    listening(HOST, 3002),
    listening("127.0.0.1", 3003),
    listening("172.17.0.1", 3004),
  ];
  const { forwards, rejections } = desiredRules(listeners, MIRRORED, HOST, FREE);
  same(forwards.map(({ rule }) => rule), [3000, 3001, 3002].map(direct));
  same(rejections.map(({ hostPort, reason }) => [hostPort, reason]), [[3003, "loopback"], [
    3004,
    "other-address",
  ]]);
});

Deno.test("desiredRules in mirrored mode takes no notice of what has a port that the guest has", () => {
  const host: HostView = {
    ...FREE,
    taken: [{ address: "0.0.0.0", port: 3000, pid: 4 }, { address: "0.0.0.0", port: 445, pid: 4 }],
    excluded: PortSet.parse("3000,50000-50059")!,
  };
  const policy: Policy = { ...MIRRORED, fixedPorts: PortSet.parse("445,8080,50001")! };
  const { forwards, rejections } = desiredRules([listening("0.0.0.0", 3000)], policy, HOST, host);
  same(forwards.map(({ rule }) => rule.listenPort), [3000, 8080]);
  // A fixed port on which nothing of the guest listens would open the program of Windows that has it.
  same(rejections.map(({ hostPort, reason }) => [hostPort, reason]), [[445, "taken-on-windows"], [
    50001,
    "excluded-range",
  ]]);
});

Deno.test("desiredRules in mirrored mode leaves a port alone on which somebody has an entry, and renumbers none", () => {
  const foreign: Entry = { ...entryOf(forwarded(3000)), connectAddress: "10.1.2.3" };
  const policy: Policy = { ...MIRRORED, portMaps: [{ hostPort: 8080, guestPort: 3001 }] };
  const listeners = [listening("0.0.0.0", 3000), listening("0.0.0.0", 3001)];
  const { forwards, rejections } = desiredRules(listeners, policy, HOST, { ...FREE, foreign: [foreign] });
  same(forwards, []);
  same(rejections.map(({ hostPort, reason }) => [hostPort, reason]), [[3000, "foreign-entry"], [
    8080,
    "renumbered",
  ]]);
});

/** What is held, what is wanted, what follows. */
const cases: readonly (readonly [string, Held, readonly Rule[], readonly string[]])[] = [
  ["opens a port by a claim alone", { entries: [], claims: [] }, [direct(3000)], ["add-claim 0.0.0.0"]],
  ["leaves an open port as it is", { entries: [], claims: [claim(direct(3000))] }, [direct(3000)], []],
  ["closes a port", { entries: [], claims: [claim(direct(3000))] }, [], ["delete-claim 0.0.0.0"]],
  [
    "moves from nat to mirrored",
    { entries: [entryOf(forwarded(3000))], claims: [claim(forwarded(3000))] },
    [direct(3000)],
    ["add-claim 0.0.0.0", `delete-entry ${GUEST}`, `delete-claim ${GUEST}`],
  ],
  [
    "moves from mirrored to nat",
    { entries: [], claims: [claim(direct(3000))] },
    [forwarded(3000)],
    [`add-claim ${GUEST}`, `add-entry ${GUEST}`, "delete-claim 0.0.0.0"],
  ],
  [
    "takes an entry with the words of a direct claim for somebody else's",
    { entries: [entryOf(direct(3000))], claims: [claim(direct(3000))] },
    [],
    ["delete-claim 0.0.0.0"],
  ],
  [
    "leaves somebody's entry alone where it wants the port",
    { entries: [entryOf(direct(3000))], claims: [] },
    [direct(3000)],
    [],
  ],
];

for (const [what, held, wanted, operations] of cases) {
  Deno.test(`diffRules ${what}`, () => {
    const desired = wanted.map(claim), plan = diffRules(desired, held);
    same(words(plan), operations);
    const after = applyPlan(plan, held);
    same(diffRules(desired, after), [], "once is enough");
    same(
      after.entries.filter((entry) => entry.connectAddress === DIRECT),
      held.entries.filter((entry) => entry.connectAddress === DIRECT),
      "no entry is made or deleted that leads to Windows itself",
    );
  });
}

Deno.test("rulesInForce are claims with their entry, and direct claims", () => {
  const claims = [claim(direct(3000)), claim(forwarded(3001)), claim(forwarded(3002))];
  same([...rulesInForce({ entries: [entryOf(forwarded(3001))], claims })].map(formatEntry), [
    "0.0.0.0:3000 -> 0.0.0.0:3000",
    `0.0.0.0:3001 -> ${GUEST}:3001`,
  ]);
});

Deno.test("parseTag reads the tag of a direct claim", () => {
  same(parseTag(formatTag(OWNER, direct(3000))), { owner: OWNER, rule: direct(3000) });
  equal(claim(direct(3000)).name === claim(forwarded(3000)).name, false);
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
