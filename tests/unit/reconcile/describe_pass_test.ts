import { deepStrictEqual as equal } from "node:assert/strict";
import type { HostWords } from "../../../src/contracts/host.ts";
import { desiredRules } from "../../../src/plan/desired/desired_rules.ts";
import type { SeenListener } from "../../../src/plan/desired/forward.ts";
import type { Operation } from "../../../src/plan/changes/operation.ts";
import { formatRule } from "../../../src/plan/rules/rule.ts";
import { finish } from "../../../src/plan/slices.ts";
import type { ReconcileEvent } from "../../../src/reconcile/events.ts";
import {
  BLANK,
  describeEnd,
  describePass,
  type Picture,
} from "../../../src/reconcile/report/describe_pass.ts";
import { FREE_HOST, GUEST, listening, policyOf, ports } from "../plan/samples.ts";
import { AT_80, AT_81, removing, snapshotOf, THEIRS_80 } from "./knowledge/samples.ts";

const WORDS: HostWords = {
  changer: "changer",
  forwarderStopped: "it stopped",
  forwarderRuns: "it runs",
  incomplete: "incomplete",
  cutOff: "cut off",
};
const AT = { 80: listening("0.0.0.0:80", "web"), 81: listening("0.0.0.0:81") } as const;

interface Case {
  /** What listens. */
  readonly seen?: readonly SeenListener[];
  /** Ports that may not be forwarded. */
  readonly denied?: string;
  readonly plan?: readonly Operation[];
  /** What Windows holds: every entry, each with its claim unless there are others. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly claims?: readonly string[];
  readonly isForwarderRunning?: boolean;
}

/** What is told of a pass, in short, and the picture then. */
function pass(last: Picture, look: Case): { readonly told: string[]; readonly picture: Picture } {
  const { seen = [], denied = "", plan = [], before = [], after = [], claims = after } = look;
  const desired = desiredRules(seen, policyOf({ denyPorts: ports(denied) }), GUEST, FREE_HOST);
  const { isForwarderRunning = true } = look;
  const { events, picture } = finish(describePass(last, {
    made: { desired, forwards: desired.forwards, plan },
    guestAddress: GUEST,
    before: snapshotOf(before, before),
    after: { ...snapshotOf(after, claims), isForwarderRunning },
  }, WORDS));
  return { told: events.map(show), picture };
}

function show(event: ReconcileEvent): string {
  switch (event.type) {
    case "forwarded":
      return `forwarded ${formatRule(event.rule)}${event.isTakenOver ? ", taken over" : ""}${
        event.isHandedOver === true ? ", handed over" : ""
      }`;
    case "removed":
      return `removed ${formatRule(event.rule)}, ${event.reason}`;
    case "released":
      return `released ${formatRule(event.rule)}`;
    case "rejected":
    case "cleared":
      return `${event.type} ${event.rejection.hostPort} ${event.rejection.reason}`;
    case "ready":
      return `ready ${event.guestAddress} ${event.forwarded}`;
    case "notice":
      return `notice ${event.code}`;
    default:
      return event.type;
  }
}

const QUIET = pass(BLANK, {}).picture;
const OPEN = pass(QUIET, { seen: [AT[80]], after: [AT_80] }).picture;
const DENIED = pass(QUIET, { seen: [AT[80]], denied: "80" }).picture;

const CASES: readonly [name: string, last: Picture, look: Case, told: readonly string[]][] = [
  ["the first pass says that it is ready, once", BLANK, {}, [`ready ${GUEST} 0`]],
  ["and after what is forwarded", BLANK, { seen: [AT[80]], after: [AT_80] }, [
    `forwarded ${AT_80}`,
    `ready ${GUEST} 1`,
  ]],
  ["nothing new is not told", OPEN, { seen: [AT[80]], before: [AT_80], after: [AT_80] }, []],
  ["what was there before is taken over", QUIET, { seen: [AT[80]], before: [AT_80], after: [AT_80] }, [
    `forwarded ${AT_80}, taken over`,
  ]],
  ["what is not there yet is not told", QUIET, { seen: [AT[80]] }, []],
  ["what closed", OPEN, { before: [AT_80] }, [`removed ${AT_80}, closed`]],
  ["what may not be forwarded any more", OPEN, { seen: [AT[80]], denied: "80", before: [AT_80] }, [
    `removed ${AT_80}, rejected`,
    "rejected 80 port",
  ]],
  ["a rule whose removal has to wait is not gone", OPEN, { before: [AT_80], after: [AT_80] }, []],
  ["what somebody else took is released", OPEN, { before: [AT_80], after: [AT_80], claims: [] }, [
    `released ${AT_80}`,
  ]],
  ["and so is what has another's entry in its place", OPEN, {
    before: [AT_80],
    after: [THEIRS_80],
    claims: [],
  }, [`released ${AT_80}`]],
  ["what an earlier run left", QUIET, { plan: removing(AT_81), before: [AT_81] }, [
    `removed ${AT_81}, left-over`,
  ]],
  ["and that it could not be removed is not told", QUIET, {
    plan: removing(AT_81),
    before: [AT_81],
    after: [AT_81],
  }, []],
  ["a socket in place of another", OPEN, {
    seen: [listening("0.0.0.0:80", "web")],
    before: [AT_80],
    after: [AT_80],
  }, [`forwarded ${AT_80}, handed over`]],
  ["a rejection is told once", DENIED, { seen: [AT[80]], denied: "80" }, []],
  ["and that there is none any more", DENIED, {}, ["cleared 80 port"]],
  ["what forwards has stopped", QUIET, { isForwarderRunning: false }, ["notice forwarder-stopped"]],
  ["and runs again", pass(QUIET, { isForwarderRunning: false }).picture, {}, ["notice forwarder-running"]],
  ["gone before new", OPEN, { seen: [AT[81]], before: [AT_80], after: [AT_81] }, [
    `removed ${AT_80}, closed`,
    `forwarded ${AT_81}`,
  ]],
];

for (const [name, last, look, told] of CASES) {
  Deno.test(`describePass: ${name}`, () => equal(pass(last, look).told, told));
}

Deno.test("describeEnd tells of everything that was forwarded, and of a blank picture nothing", () => {
  equal(describeEnd(OPEN).map(show), [`removed ${AT_80}, stopped`]);
  equal(describeEnd(BLANK), []);
});
