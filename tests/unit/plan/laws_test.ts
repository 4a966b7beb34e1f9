import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { diffRules } from "../../../src/plan/changes/diff_rules.ts";
import { entryKey, entryOf, formatEntry, sameEntry } from "../../../src/plan/rules/entry.ts";
import { hostPortOf } from "../../../src/plan/desired/forward.ts";
import { countKeys } from "../../../src/plan/changes/limit_plan.ts";
import { openingKey } from "../../../src/plan/claims/opening.ts";
import { type Operation, operationKey, subjectOf } from "../../../src/plan/changes/operation.ts";
import { repairRace } from "../../../src/plan/changes/repair_race.ts";
import { guestPortOf } from "../../../src/plan/rules/rule.ts";
import { entriesOf } from "../../../src/plan/claims/claim.ts";
import { forAll } from "../random.ts";
import { change, changeAll, describe, foreignTo, heldBy, type Model } from "./model.ts";
import { entry, OWNER, STRANGER } from "./samples.ts";
import { desiredIn, makeModel, makeWorld, type World } from "./worlds.ts";

const CASES = 3000;

/** The changes that a pass would make. */
function planFor(world: World, model: Model, maxEntries = Infinity): Operation[] {
  const limits = { maxEntries, isFree: () => true };
  return diffRules(desiredIn(world, model).claims, heldBy(model, OWNER), limits);
}

function touchSame(a: Operation, b: Operation): boolean {
  return operationKey(a) === operationKey(b);
}

Deno.test("law 1: what is as desired is not changed", () => {
  forAll(CASES, (random) => {
    const world = makeWorld(random);
    const after = changeAll(world.model, planFor(world, world.model));
    equal(planFor(world, after), []);
  });
});

Deno.test("law 2: a plan makes exactly what is desired, besides what is foreign", () => {
  forAll(CASES, (random) => {
    const world = makeWorld(random);
    const { claims } = desiredIn(world, world.model);
    const after = changeAll(world.model, planFor(world, world.model));
    const others = world.model.claims.filter((claim) => claim.owner !== OWNER);
    const foreign = foreignTo(world.model, OWNER);
    equal(
      describe(after),
      describe({
        entries: [
          ...world.model.entries.filter((each) => foreign.includes(formatEntry(each))),
          ...claims.flatMap(entriesOf),
        ],
        claims: [...claims, ...others],
      }),
    );
  });
});

Deno.test("law 3: nothing that is not ours is changed, at no step", () => {
  forAll(CASES, (random) => {
    const world = makeWorld(random);
    const foreign = foreignTo(world.model, OWNER);
    const strange = describe({
      entries: [],
      claims: world.model.claims.filter(({ owner }) => owner === STRANGER),
    });
    let model = world.model;
    for (const operation of planFor(world, model)) {
      model = change(model, operation);
      const left = new Set(model.entries.map(formatEntry));
      equal(foreign.filter((text) => !left.has(text)), []);
      equal(
        describe({ entries: [], claims: model.claims.filter(({ owner }) => owner === STRANGER) }),
        strange,
      );
    }
  });
});

Deno.test("law 4: the order of what is read never changes what is desired, nor a plan", () => {
  forAll(CASES, (random) => {
    const world = makeWorld(random);
    const { entries, claims } = world.model;
    const shuffled: World = {
      ...world,
      listeners: random.shuffle(world.listeners),
      taken: world.taken,
      model: { entries: random.shuffle(entries), claims: random.shuffle(claims) },
    };
    const { forwards, rejections } = desiredIn(world, world.model);
    const again = desiredIn(shuffled, shuffled.model);
    equal(again.forwards, forwards);
    // Which of several foreign entries is named does not matter; that one is named, does.
    const verdicts = (list: typeof rejections) =>
      list.map(({ hostPort, reason, listener }) => ({ hostPort, reason, listener }));
    equal(verdicts(again.rejections), verdicts(rejections));
    equal(planFor(shuffled, shuffled.model), planFor(world, world.model));
  });
});

Deno.test("law 6: cut anywhere, each entry of ours has a claim, and the next pass ends where this one would have", () => {
  forAll(CASES / 3, (random) => {
    const world = makeWorld(random);
    const foreign = foreignTo(world.model, OWNER);
    const plan = planFor(world, world.model);
    const end = describe(changeAll(world.model, plan));
    let model = world.model;
    for (const operation of [...plan, null]) {
      const ownedOrForeign = foreignTo(model, OWNER);
      equal(ownedOrForeign, foreign, "an entry of ours without a claim");
      equal(describe(changeAll(model, planFor(world, model))), end);
      if (operation !== null) model = change(model, operation);
    }
  });
});

Deno.test("law 6: done in parts of a few ports each, it ends the same", () => {
  forAll(CASES, (random) => {
    const world = makeWorld(random);
    const end = describe(changeAll(world.model, planFor(world, world.model)));
    let model = world.model;
    for (let i = 0; i < 20; i++) {
      const maxEntries = random.int(1, 2), part = planFor(world, model, maxEntries);
      if (part.length === 0) break;
      ok(countKeys(part) <= maxEntries);
      const whole = planFor(world, model).filter((operation) =>
        part.some((each) => touchSame(each, operation))
      );
      equal(part, whole, "no port is parted");
      model = changeAll(model, part);
    }
    equal(describe(model), end);
  });
});

Deno.test("removing everything leaves nothing of ours and all of the rest", () => {
  forAll(CASES, (random) => {
    const model = makeModel(random);
    const after = changeAll(model, diffRules([], heldBy(model, OWNER)));
    equal(heldBy(after, OWNER).claims, []);
    equal(after.entries.map(formatEntry).sort(), foreignTo(model, OWNER));
    equal(after.claims, model.claims.filter(({ owner }) => owner !== OWNER));
  });
});

Deno.test("desiredRules: one forward for each key, none in the way of what is foreign, taken, reserved or pending", () => {
  forAll(CASES, (random) => {
    const world = makeWorld(random);
    const { forwards, rejections } = desiredIn(world, world.model);
    const hostPorts = forwards.map((forward) => hostPortOf(forward).port);
    equal(hostPorts, [...new Set(hostPorts)].sort((a, b) => a - b));
    const foreign = new Set(foreignTo(world.model, OWNER));
    const foreignKeys = new Set(
      world.model.entries.filter((each) => foreign.has(formatEntry(each))).map(entryKey),
    );
    for (const forward of forwards) {
      const { rules: [rule], listener } = forward, { port } = hostPortOf(forward);
      const { listen, target } = rule!, made = entryOf(rule!);
      equal(made !== null && foreignKeys.has(entryKey(made)), false);
      equal(world.pending.has(openingKey(listen)), false);
      equal(forward.rules.map(({ listen }) => listen.address), world.policy.listenAddresses);
      const reached = target.kind === "direct" ? null : target.to.address;
      equal(reached, world.policy.reach === "direct" ? null : world.guest);
      if (world.policy.reach === "direct" && listener !== null) {
        equal(listener.port, port);
        continue; // It has its port on Windows already.
      }
      equal(world.excluded.tcp[4].has(port), false);
      equal(world.taken.some((each) => each.port === port && each.address !== "127.0.0.1"), false);
      equal(forward.origin === "fixed-port", world.policy.fixedPorts.has(port));
      if (listener === null) equal(forward.origin, "fixed-port");
      else equal(listener.port, guestPortOf(rule!));
    }
    // Every port that something listens on is accounted for.
    const told = new Set([
      ...forwards.map(({ rules }) => guestPortOf(rules[0]!)),
      ...rejections.map((each) => each.listener?.port ?? each.hostPort),
    ]);
    for (const { port } of world.listeners) equal(told.has(port), true, `port ${port}`);
  });
});

Deno.test("an entry that somebody makes between read and change is there again after the repair", () => {
  forAll(CASES, (random) => {
    const world = makeWorld(random);
    const plan = planFor(world, world.model);
    if (plan.length === 0) return;
    const picked = random.pick(plan), { port } = subjectOf(picked);
    const address = "claim" in picked ? picked.claim.rules[0]!.listen.address : picked.entry.listen.address;
    const intruder = entry(`${address}:${port} -> 192.168.7.7:22`), key = entryKey(intruder);
    const before: Model = {
      ...world.model,
      entries: [...world.model.entries.filter((each) => entryKey(each) !== key), intruder],
    };
    let model = before;
    for (const operation of plan) {
      try {
        model = change(model, operation);
      } catch {
        // netsh goes on after a line that failed.
      }
    }
    for (
      const { foreign, operations } of repairRace(plan, world.model.entries, before.entries, model.entries)
    ) {
      equal(foreign, intruder);
      model = changeAll(model, operations);
    }
    equal(model.entries.some((each) => sameEntry(each, intruder)), true);
    // What of ours is left on the key goes with the next pass, and the intruder stays.
    const settled = changeAll(model, planFor(world, model));
    equal(settled.entries.some((each) => sameEntry(each, intruder)), true);
    equal(
      heldBy(settled, OWNER).claims.some(({ rules }) =>
        rules.some(({ listen }) => listen.address === address && listen.port === port)
      ),
      false,
    );
  });
});
