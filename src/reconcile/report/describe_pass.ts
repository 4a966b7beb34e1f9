import type { HostPorts, HostWords } from "../../contracts/host.ts";
import { PortTable } from "../../net/port_table.ts";
import { entryOf, ruleOf } from "../../plan/rules/entry.ts";
import { samePublished } from "../../net/published.ts";
import { indexEntries } from "../../plan/rules/entry_index.ts";
import { type Forward, hostPortOf } from "../../plan/desired/forward.ts";
import { sameRules } from "../../plan/claims/claim.ts";
import { claimedEntries } from "../../plan/claims/claim_index.ts";
import type { Held, Operation } from "../../plan/changes/operation.ts";
import type { Rejection } from "../../plan/desired/rejection.ts";
import { isDirect, type Rule, sameRule } from "../../plan/rules/rule.ts";
import { isInForce, rulesInForce, type RuleTable } from "../../plan/rules/rules_in_force.ts";
import { inSlices, type Sliced } from "../../plan/slices.ts";
import type { ReconcileEvent } from "../events.ts";
import type { MadePlan } from "../planning/make_plan.ts";

/** Forwards, by their ports on Windows. */
export type Forwarded = Pick<PortTable<Forward>, "get" | "has" | "size" | typeof Symbol.iterator>;

/** What was told so far. A value. */
export interface Picture {
  /** What is forwarded, by its port on Windows. */
  readonly forwarded: Forwarded;
  /** What is not, by what is told of it. */
  readonly rejected: ReadonlyMap<string, Rejection>;
  /** Whether what forwards on Windows runs. */
  readonly isForwarderRunning: boolean;
  /** Whether the first pass has ended. */
  readonly isReady: boolean;
}

/** Nothing was told yet. */
export const BLANK: Picture = {
  forwarded: new PortTable(),
  rejected: new Map(),
  isForwarderRunning: true,
  isReady: false,
};

/** A pass that has ended. */
export interface Pass {
  /** What should be, what not and why, and what was done. */
  readonly made: Pick<MadePlan, "desired" | "forwards" | "plan">;
  /** Where Windows connects to. */
  readonly guestAddress: string;
  /** What was held before its plan was done, and after. */
  readonly before: Held;
  /** See `before`. */
  readonly after: Held & Pick<HostPorts, "isForwarderRunning">;
}

/** What is to be told of a pass, each thing once, in order; and the picture then. Names are not looked up yet. */
export function* describePass(
  last: Picture,
  pass: Pass,
  words: HostWords,
): Sliced<{ readonly picture: Picture; readonly events: readonly ReconcileEvent[] }> {
  const inForce = rulesInForce(pass.after);
  const forwarded = yield* forwardedAfter(last, pass, inForce);
  const rejections = pass.made.desired.rejections.filter(({ reason }) => reason !== "starting");
  const rejected = new Map(rejections.map((rejection) => [describeRejection(rejection), rejection]));
  const { isForwarderRunning } = pass.after;
  const events: ReconcileEvent[] = [
    ...describeForwarder(last.isForwarderRunning, isForwarderRunning, words),
    ...yield* describeGone(last, pass, forwarded),
    ...describeLeftOver(last, pass, inForce),
    ...yield* describeForwarded(last, pass, forwarded),
  ];
  for (const [text, rejection] of last.rejected) {
    if (!rejected.has(text)) events.push({ type: "cleared", rejection });
  }
  for (const [text, rejection] of rejected) {
    if (!last.rejected.has(text)) events.push({ type: "rejected", rejection });
  }
  const { guestAddress } = pass;
  if (!last.isReady) events.push({ type: "ready", guestAddress, forwarded: forwarded.size });
  return { picture: { forwarded, rejected, isForwarderRunning, isReady: true }, events };
}

/** What is to be told once every rule was removed because wslfwd ends. */
export function describeEnd({ forwarded }: Picture): readonly ReconcileEvent[] {
  return [...forwarded].map((forward) => (
    { type: "removed", rule: ruleShown(forward), program: null, reason: "stopped" }
  ));
}

/** What a rejection is told apart by: it is told again only when something about it changes. */
export function describeRejection({ protocol, hostPort, listener, reason, detail }: Rejection): string {
  return JSON.stringify([protocol, hostPort, listener?.port ?? null, reason, detail]);
}

/** What counts as forwarded: what should be and is; and what should not be any more, as long as it is there. */
function* forwardedAfter(
  last: Picture,
  { made: { forwards } }: Pass,
  inForce: RuleTable,
): Sliced<Forwarded> {
  const forwarded = new PortTable<Forward>();
  yield* inSlices(forwards, (forward) => {
    if (forward.rules.every((rule) => isInForce(inForce, rule))) forwarded.set(hostPortOf(forward), forward);
  });
  yield* inSlices(last.forwarded, (forward) => {
    // Its removal has to wait: for the next change, or for one that may still be made.
    const at = hostPortOf(forward);
    if (!forwarded.has(at) && isInForce(inForce, ruleShown(forward))) forwarded.set(at, forward);
  });
  return forwarded;
}

function describeForwarder(wasRunning: boolean, isRunning: boolean, words: HostWords): ReconcileEvent[] {
  if (wasRunning === isRunning) return [];
  return isRunning
    ? [{ type: "notice", code: "forwarder-running", message: words.forwarderRuns }]
    : [{ type: "notice", code: "forwarder-stopped", message: words.forwarderStopped }];
}

function* describeGone(
  last: Picture,
  { made, after }: Pass,
  forwarded: Forwarded,
): Sliced<readonly ReconcileEvent[]> {
  const entries = indexEntries(after.entries), claimed = claimedEntries(after.claims);
  const events: ReconcileEvent[] = [];
  const rejected = new PortTable<true>();
  for (const { protocol, hostPort: port } of made.desired.rejections) rejected.set({ protocol, port }, true);
  yield* inSlices(last.forwarded, (forward) => {
    const rule = ruleShown(forward), next = forwarded.get(rule.listen), entry = entryOf(rule);
    if (next !== undefined && sameRule(ruleShown(next), rule)) return;
    const found = entry === null ? undefined : entries.at(entry);
    if (found !== undefined && !claimed.has(found)) events.push({ type: "released", rule });
    else if (next !== undefined) events.push({ type: "removed", rule, program: null, reason: "moved" });
    else {
      const reason = rejected.has(rule.listen) ? "rejected" : "closed";
      events.push({ type: "removed", rule, program: null, reason });
    }
  });
  return events;
}

/** What an earlier run had made, and this pass has removed. */
function describeLeftOver(last: Picture, { made: { plan } }: Pass, inForce: RuleTable): ReconcileEvent[] {
  return plan.flatMap((operation): ReconcileEvent[] => {
    const rule = removedRule(operation);
    if (rule === null || last.forwarded.has(rule.listen) || isInForce(inForce, rule)) return [];
    return [{ type: "removed", rule, program: null, reason: "left-over" }];
  });
}

function* describeForwarded(
  last: Picture,
  { before }: Pass,
  forwarded: Forwarded,
): Sliced<readonly ReconcileEvent[]> {
  const earlier = rulesInForce(before), events: ReconcileEvent[] = [];
  yield* inSlices(forwarded, (forward) => {
    const rule = ruleShown(forward), known = last.forwarded.get(rule.listen);
    if (known === forward) return;
    const { listener, missing } = forward, beside = forward.rules.slice(1);
    const told = {
      type: "forwarded",
      rule,
      beside,
      missing,
      listener,
      program: listener?.program ?? null,
    } as const;
    if (known !== undefined && sameRule(ruleShown(known), rule)) {
      if (!isSameWay(known, forward)) events.push({ type: "changed", rule, beside, missing });
      if (!isHeldAsBefore(known, forward)) events.push({ ...told, isTakenOver: false, isHandedOver: true });
      return;
    }
    events.push({ ...told, isTakenOver: isInForce(earlier, rule) });
  });
  return events;
}

/** Whether a port is open by the same rules, and lacks the same for the same reasons. */
function isSameWay(a: Forward, b: Forward): boolean {
  return sameRules(a.rules, b.rules) && a.missing.length === b.missing.length &&
    a.missing.every(({ rule, reason, detail }, i) => {
      const other = b.missing[i]!;
      return sameRule(rule, other.rule) && reason === other.reason && detail === other.detail;
    });
}

/** Whether the same socket, or the same rule of NAT, has the port. Where nobody has it, nobody took it over. */
function isHeldAsBefore({ listener: before }: Forward, { listener }: Forward): boolean {
  if (listener === null || before === null) return true;
  return before.inode === listener.inode && samePublished(before.published, listener.published);
}

/** The rule that an operation puts out of force; null for any other operation. */
function removedRule(operation: Operation): Rule | null {
  if (operation.kind === "delete-entry") return ruleOf(operation.entry);
  return operation.kind === "delete-claim" ? operation.claim.rules.find(isDirect) ?? null : null;
}

/** The rule of a forward that stands for it where one is shown. */
function ruleShown({ rules }: Forward): Rule {
  return rules[0]!;
}
