import { deepStrictEqual as equal } from "node:assert/strict";
import { claimsFirst } from "../../../src/plan/claims/claims_first.ts";
import { diffRules } from "../../../src/plan/changes/diff_rules.ts";
import { operationKey } from "../../../src/plan/changes/operation.ts";
import { forAll } from "../random.ts";
import { changeAll, describe, foreignTo, heldBy } from "./model.ts";
import { claim, entryIn, OWNER } from "./samples.ts";
import { desiredIn, makeWorld } from "./worlds.ts";

Deno.test("claimsFirst keeps of a key that gets a claim nothing else, and of other keys everything", () => {
  const old = claim("0.0.0.0:80 -> 10.0.0.1:80"), moved = claim("0.0.0.0:80 -> 10.0.0.2:80");
  const gone = claim("0.0.0.0:81 -> 10.0.0.1:81");
  const held = { entries: [old, gone].map(entryIn), claims: [old, gone] };
  equal(claimsFirst(diffRules([moved], held)).map(({ kind }) => kind), [
    "add-claim",
    "delete-entry",
    "delete-claim",
  ]);
  equal(claimsFirst([]), []);
});

Deno.test("claimsFirst, plan by plan, ends where the whole plan does, and makes no entry unclaimed", () => {
  forAll(1000, (random) => {
    const world = makeWorld(random);
    const planFor = (model: typeof world.model) =>
      diffRules(desiredIn(world, model).claims, heldBy(model, OWNER));
    const end = describe(changeAll(world.model, planFor(world.model)));
    let model = world.model;
    for (let i = 0; i < 4; i++) {
      const part = claimsFirst(planFor(model));
      const claimed = new Set(part.filter(({ kind }) => kind === "add-claim").map(operationKey));
      equal(part.filter((each) => each.kind !== "add-claim" && claimed.has(operationKey(each))), []);
      model = changeAll(model, part);
      equal(foreignTo(model, OWNER), foreignTo(world.model, OWNER));
    }
    equal(describe(model), end);
  });
});
